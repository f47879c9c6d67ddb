"""What other frameworks say otherwise: their words for keys of a spec, and kinds that archcalc has not."""

from __future__ import annotations

from functools import partial

from msgspec import Struct

from archcalc.language.mapping_keys import Lesson, Ways
from archcalc.language.nodes import Node, ScalarNode
from archcalc.layers.contract import KINDS
from archcalc.spec.activation_keys import Following, activation_ways

WIRES = {"bottom": "from", "inputs": "from", "source": "from", "sources": "from", "if": "when", "condition": "when"}
WIRES |= dict.fromkeys(("times", "repeats", "number", "foreach", "for_each", "for"), "repeat")
USE_FOREIGN = dict.fromkeys(("type", "class", "class_name", "op", "layer", "block", "module", "use"), "kind") | WIRES
LAYER_FOREIGN = {"id": "name", "output": "expect", "output_shape": "expect", "shape": "expect"}
LAYER_FOREIGN |= {
    "kernel_initializer": "init",
    "tied_to": "tied",
    "tie": "tied",
    "tie_weights": "tied",
    "share_weight": "tied",
}
LAYER_FOREIGN |= USE_FOREIGN
GROUP_FOREIGN = {"layer": "layers", "children": "layers", "modules": "layers", "blocks": "layers"} | WIRES


_INPUT_ONCE = "the input is stated once, at the top, without the batch: `input: [C, H, W]`"
_IN_PLACE = "`again` stands in place of `kind`: a layer computes once more, with the same weights, by `again: its_name`"
_NAMED = (
    "remove it: the copies of a `repeat` of rows know the names of their row; of a list of numbers write "
    "`widths[index]`"
)


def _frozen_ways(node: Node) -> Ways:
    """What to do in place of ``trainable`` and ``requires_grad``, which say the opposite of ``frozen``."""
    value = node.value if isinstance(node, ScalarNode) else None
    if value is True:
        return ("remove it: what is not `frozen` is trained",)
    return ("write `frozen: true`" if value is False else "write `frozen`, which says the opposite",)


_OF_TRAINING: dict[str, Lesson] = dict.fromkeys(("trainable", "requires_grad"), _frozen_ways)
_OF_COPIES: dict[str, Lesson] = dict.fromkeys(("as", "with"), _NAMED)
_LESSONS: dict[str, Lesson] = {
    **_OF_COPIES,
    **_OF_TRAINING,
    "again": _IN_PLACE,
    "input_shape": _INPUT_ONCE,
    "batch_input_shape": _INPUT_ONCE,
    "top": "remove it: a layer is called by its `name`",
    "batch_normalize": "batch normalisation is a layer of its own: put `- {kind: batch_norm2d}` below",
}
_OF_A_CHANNEL = "remove it: each channel is normalised, and the channels are the first axis"
_RECURRENT: dict[str, Lesson] = {
    "batch_first": "remove it: the batch is always first",
    "proj_size": "projections of the states are not supported yet: put a `linear` below",
    "return_sequences": "remove it: the states at each place are given; `slice` takes the last of them",
}
_KEY_HEADS = "remove it: there are as many heads of keys as their width holds; what gives the keys and values says it"
_LESSONS_OF: dict[str, dict[str, Lesson]] = {
    **dict.fromkeys(("rnn", "lstm", "gru"), _RECURRENT),
    "relu": {
        "max_value": "a ReLU that ends at 6 is `kind: relu6`",
        "negative_slope": "a ReLU with a slope is `kind: leaky_relu`",
        "alpha": "a ReLU with a slope is `kind: leaky_relu`",
    },
    "batch_norm": {"axis": _OF_A_CHANNEL, "scale": "`affine` is for scale and shift", "center": "`affine` is for both"},
    "instance_norm": {"axis": _OF_A_CHANNEL},
    "attention": dict.fromkeys(("num_kv_heads", "n_kv_heads", "num_key_value_heads", "kv_heads"), _KEY_HEADS),
}


def lessons_of(kind: str, following: Following) -> dict[str, Lesson]:
    """What to do instead of keys that layers of a kind have elsewhere, where this stands below the layer."""
    activation = dict.fromkeys(("activation", "act"), partial(activation_ways, following=following))
    return activation | _LESSONS | _LESSONS_OF.get(kind.rstrip("123d"), {})


GROUP_LESSONS: dict[str, Lesson] = {
    **_OF_COPIES,
    **_OF_TRAINING,
    "kind": "remove it: a group has no kind, only the layers in it",
    "init": "`init` goes on a layer, or at the foot of the spec",
    "again": _IN_PLACE,
}
USE_LESSONS: dict[str, Lesson] = {
    **_OF_COPIES,
    **_OF_TRAINING,
    "init": "`init` goes on a layer in the block, or at the foot of the spec",
    "again": _IN_PLACE,
}
_OF_THE_FIRST = "remove it: what is applied again is as it was where its name stands first"
AGAIN_LESSONS: dict[str, Lesson] = dict.fromkeys(("init", "tied"), _OF_THE_FIRST)
AGAIN_LESSONS["route"] = "put `route` where the experts stand first, in a block, and apply that again"
NO_LAYERS = ("inputlayer", "input_layer", "input", "data")


class Elsewhere(Struct, frozen=True):
    """A kind that there is elsewhere: whether it is to come here, and what to do without it."""

    not_yet: bool
    help: str


def kind_elsewhere(word: str) -> Elsewhere | None:
    """A kind of torch, Keras, timm or Darknet that archcalc has not; ``None`` for any other word."""
    bare = word.rpartition(".")[2].replace("_", "").lower()
    if any(bare == kind.replace("_", "") for kind in KINDS):
        return None
    for names, not_yet, help in _ELSEWHERE:
        if bare in names.split():
            return Elsewhere(not_yet, help)
    return None


_SEQUENCES = "for sequences there are `lstm`, `gru`, `rnn`, `conv1d`, `attention` and `multihead_attention`"
_TRANSFORMER = "write its parts: `layer_norm`, `multihead_attention`, `linear`, an activation and `add`"
_POOLS = "there are `max_pool2d`, `avg_pool2d`, `adaptive_max_pool2d` and `adaptive_avg_pool2d`"
_PARTS = "write its parts as layers, or as a block under `blocks`"

_ELSEWHERE: tuple[tuple[str, bool, str], ...] = (
    ("inputlayer input data", False, "remove this layer: the input is stated at the top"),
    (
        "again shared sharedlayer reuse reused siamese",
        False,
        "a layer is applied once more, with the same weights, by `again` in place of its kind: `- {again: its_name}`",
    ),
    ("activation", False, "name the activation itself, such as `kind: relu`"),
    ("rnncell lstmcell grucell convlstm2d timedistributed", True, _SEQUENCES),
    ("bidirectional bilstm bigru birnn", False, "write `bidirectional: true` on the `lstm`, `gru` or `rnn`"),
    (
        "embeddingbag positionalencoding",
        True,
        "`embedding` and `position_embedding` have a vector that is learnt for each number and for each place",
    ),
    (
        "additiveattention crossattention",
        True,
        "`attention` compares queries, keys and values, which `linear` layers make",
    ),
    (
        "transformer transformerencoder transformerdecoder transformerencoderlayer transformerdecoderlayer",
        True,
        _TRANSFORMER,
    ),
    ("select indexselect gather", True, "`slice` takes places along an axis, and `flatten` joins what is left of it"),
    (
        "squeeze unsqueeze",
        False,
        "write `reshape` with the sizes that are left, or `flatten`, which joins an axis of 1 to the one beside it",
    ),
    (
        "transpose swapaxes movedim",
        False,
        "write `permute`, whose `dims` are all axes in their new order, the batch first: `dims: [0, 2, 1]`",
    ),
    ("unbind split chunk", True, "`slice` takes one part: write one for each"),
    (
        "max amax maximum reducemax",
        True,
        "`adaptive_max_pool1d` takes the largest values of a sequence, its channels first",
    ),
    (
        "dot matmul batchmatmul bmm baddbmm mm",
        False,
        "a product with a weight is `linear`, of queries and keys `attention`, value by value `multiply`, and of other "
        'values `einsum`, as in `equation: "t d, s d -> t s"`',
    ),
    (
        "div divide power pow square sqrt exp erf log abs neg sin cos minimum min where",
        True,
        "value by value there are `add`, `multiply`, `rescale` and the activations",
    ),
    (
        "reducesum sumpool",
        True,
        "`mean` takes the average along axes, and `rescale` multiplies it by how many there are",
    ),
    ("tile repeatinterleave", True, "`expand` repeats an axis of 1"),
    ("lppool1d lppool2d lppool3d fractionalmaxpool2d fractionalmaxpool3d", True, _POOLS),
    ("maxunpool1d maxunpool2d maxunpool3d", True, "there are `upsample` and `conv_transpose2d`"),
    ("fold unfold locallyconnected1d locallyconnected2d deformconv2d", True, "the nearest kind is `conv2d`"),
    ("bilinear cosinesimilarity pairwisedistance", True, "the nearest kinds are `linear` and `multiply`"),
    (
        "spectralnorm spectralnormalization weightnorm weightnormalization",
        True,
        "the normalisations are `batch_norm2d`, `group_norm`, `layer_norm` and others",
    ),
    ("gaussiannoise gaussiandropout", True, "the nearest kind is `dropout`"),
    ("yolo region detection priorbox roipool roialign", True, "end the network with the layer above it"),
    (
        "crossentropyloss nllloss mseloss bceloss bcewithlogitsloss l1loss smoothl1loss loss softmaxwithlogits",
        False,
        "remove it: the loss is not a layer of the network; the generated training has its own",
    ),
    (
        "depthwiseconv2d depthwiseconv depthwiseconv2dnative dwconv dwconv2d convdw",
        False,
        "write `kind: conv2d` with as many `groups` as channels arrive",
    ),
    ("depthwiseconv1d dwconv1d", False, "write `kind: conv1d` with as many `groups` as channels arrive"),
    (
        "separableconv2d separableconv dsconv",
        False,
        "write two layers: a `conv2d` with as many `groups` as channels arrive, and a `conv2d` with `kernel_size: 1`",
    ),
    (
        "separableconv1d",
        False,
        "write two layers: a `conv1d` with as many `groups` as channels arrive, and a `conv1d` with `kernel_size: 1`",
    ),
    ("pointwiseconv pointwiseconv2d pwconv conv1x1", False, "write `kind: conv2d` with `kernel_size: 1`"),
    ("conv3x3", False, "write `kind: conv2d` with `kernel_size: 3` and `padding: 1`"),
    ("conv5x5", False, "write `kind: conv2d` with `kernel_size: 5` and `padding: 2`"),
    ("conv7x7", False, "write `kind: conv2d` with `kernel_size: 7` and `padding: 3`"),
    ("biasadd addbias", False, "write `bias: true` on the layer above"),
    ("rescaling normalization centercrop", False, "remove it: data are prepared before they reach the network"),
    (
        "randomflip randomcrop randomrotation randomzoom randomtranslation randomcontrast",
        False,
        "remove it: what happens to training images is said by `train: {augment: …}`",
    ),
    (
        "dataparallel distributeddataparallel",
        False,
        "remove it: over which devices training is spread is not said here",
    ),
    (
        "output outputlayer outputs",
        False,
        "remove it: the last layer is the output, or `outputs` at the top says which",
    ),
    ("lambda function", False, "only the kinds of torch.nn can be checked: write what it does as layers"),
    ("sequential modulelist moduledict", False, "write a group: `- {name: features, layers: […]}`"),
    ("convnormact convbnact convbnrelu convbn conv2dbn", False, "write `conv2d`, `batch_norm2d` and the activation"),
    ("squeezeexcite squeezeexcitation semodule senet se effectivesemodule", False, _PARTS),
    ("patchembed patchembedding", False, "write `conv2d` with `stride` equal to `kernel_size`, then `flatten`"),
    ("mlp feedforward ffn basicblock bottleneck invertedresidual inception", False, _PARTS),
)
"""Names in lower case without underscores, whether the kind is to come, and what to do without it."""
