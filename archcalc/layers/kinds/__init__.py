"""The layer kinds, one module a family, each imported when one of its kinds is first asked for.

A check pays for the families that its spec names, not for all that there are. They are more than twenty, as the
families are: a kind is found by the name of its own.
"""

from __future__ import annotations

from typing import Final

FAMILIES: Final = {
    "activation": (
        "relu relu6 elu selu celu gelu silu mish sigmoid log_sigmoid tanh tanhshrink hardsigmoid hardswish hardshrink"
        " softshrink softplus softsign leaky_relu hardtanh threshold rrelu prelu glu quick_gelu"
    ),
    "adaptive_pool": (
        "adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d"
        " adaptive_max_pool1d adaptive_max_pool2d adaptive_max_pool3d"
    ),
    "arrange": "identity flatten permute reshape",
    "attention": "attention",
    "multihead_attention": "multihead_attention",
    "borders": "pad slice",
    "conv": "conv1d conv2d scaled_std_conv2d conv3d",
    "conv_transpose": "conv_transpose1d conv_transpose2d conv_transpose3d",
    "dropout": "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout stochastic_depth",
    "einsum": "einsum",
    "embedding": "embedding position_embedding bucketed_position_bias",
    "expand": "expand",
    "fit": "pad_to_multiple crop_as",
    "join": "add subtract multiply concat",
    "layer_norm": "layer_norm rms_norm layer_norm2d normalize",
    "linear": "linear transposed_linear",
    "norm": (
        "batch_norm1d batch_norm2d batch_norm3d instance_norm1d instance_norm2d instance_norm3d"
        " group_norm local_response_norm"
    ),
    "parameter": "parameter",
    "pixels": "channel_shuffle pixel_shuffle pixel_unshuffle",
    "pool": "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d",
    "rearrange": "rearrange roll",
    "recurrent": "rnn lstm gru",
    "reduce": "mean at_argmax",
    "rotary": "rotary sinusoidal_embedding",
    "scale": "layer_scale logit_scale rescale",
    "scan": "selective_scan",
    "softmax": "softmax log_softmax softmin softmax2d",
    "unflatten": "unflatten",
    "upsample": "upsample upsample_as",
    "windows": "relative_position_bias relative_coordinates shifted_window_mask",
}
"""The kinds of each family, in the order in which they are listed; a family's module has the name that it has here."""

FAMILY_OF = {kind: family for family, kinds in FAMILIES.items() for kind in kinds.split()} | {"route": "join"}
"""The family of each kind; of the layer that experts end in, which no entry states, that of what it does."""
