"""What other frameworks call kinds of layers and their arguments, each beside its source."""

from __future__ import annotations

CALLED = {
    "Keras 3 and 2": {
        "silu": "swish",
        "conv1d": "Convolution1D",
        "conv2d": "Convolution2D",
        "conv3d": "Convolution3D",
        "adaptive_avg_pool1d": "GlobalAveragePooling1D GlobalAvgPool1D",
        "adaptive_avg_pool2d": "GlobalAveragePooling2D GlobalAvgPool2D",
        "adaptive_avg_pool3d": "GlobalAveragePooling3D GlobalAvgPool3D",
        "adaptive_max_pool1d": "GlobalMaxPooling1D GlobalMaxPool1D",
        "adaptive_max_pool2d": "GlobalMaxPooling2D GlobalMaxPool2D",
        "adaptive_max_pool3d": "GlobalMaxPooling3D GlobalMaxPool3D",
        "upsample": "UpSampling2D",
        "normalize": "UnitNormalization l2_normalize",
        "pad": "ZeroPadding1D ZeroPadding2D ZeroPadding3D",
        "slice": "Cropping1D Cropping2D Cropping3D",
        "concat": "Concatenate Merge",
        "expand": "RepeatVector",
    },
    "torch, in functions and modules": {
        "hardtanh": "clamp",
        "attention": "scaled_dot_product_attention",
        "pad": " ".join(
            f"{mode}Pad{axes}d"
            for mode in ("Zero", "Constant", "Reflection", "Replication", "Circular")
            for axes in (1, 2, 3)
        ),
        "slice": "narrow",
        "concat": "cat",
        "reshape": "view",
        "expand": "broadcast_to",
        "local_response_norm": "CrossMapLRN2d",
        "upsample": "interpolate UpsamplingBilinear2d UpsamplingNearest2d",
        "batch_norm2d": "SyncBatchNorm",
        "multiply": "mul",
    },
    "TensorFlow, in operations and slim": {
        "hardtanh": "clip_by_value",
        "linear": "fully_connected dense",
        "conv_transpose2d": "conv2d_transpose",
        "conv_transpose3d": "conv3d_transpose",
        "conv_transpose1d": "conv1d_transpose",
        "pixel_shuffle": "depth_to_space",
        "pixel_unshuffle": "space_to_depth",
        "mean": "reduce_mean",
        "lstm": "CudnnLSTM",
        "gru": "CudnnGRU",
        "local_response_norm": "lrn local_response_normalization",
    },
    "ONNX 1.20": {
        "hardtanh": "Clip",
        "linear": "Gemm",
        "adaptive_avg_pool2d": "GlobalAveragePool",
        "adaptive_max_pool2d": "GlobalMaxPool",
        "avg_pool2d": "AveragePool",
        "max_pool2d": "MaxPool",
        "conv2d": "Conv",
        "conv_transpose2d": "ConvTranspose",
        "batch_norm2d": "BatchNormalization",
        "instance_norm2d": "InstanceNormalization",
        "layer_norm": "LayerNormalization",
        "group_norm": "GroupNormalization",
        "rms_norm": "RMSNormalization",
        "rotary": "RotaryEmbedding",
        "add": "Sum",
        "upsample": "Resize",
    },
    "Caffe": {
        "linear": "InnerProduct",
        "conv2d": "Convolution",
        "conv_transpose2d": "Deconvolution",
        "max_pool2d": "Pooling",
        "add": "Eltwise",
        "local_response_norm": "LRN",
        "upsample": "Interp",
        "slice": "Crop",
        "softmax": "SoftmaxWithLoss",
        "concat": "Filter_concat DepthConcat",
    },
    "Darknet": {
        "conv2d": "convolutional",
        "linear": "connected",
        "concat": "route",
        "add": "shortcut",
        "pixel_unshuffle": "reorg",
    },
    "timm 1.0.31, YOLOv5 and the EfficientNets": {
        "stochastic_depth": "DropPath drop_connect",
        "scaled_std_conv2d": "StdConv2d",
        "pixel_unshuffle": "Focus",
        "multihead_attention": "msa",
        "position_embedding": "pos_embed",
        "relative_position_bias": "relative_position_bias_table relative_position_index rel_pos_bias",
        "relative_coordinates": "relative_coords_table log_cpb",
        "shifted_window_mask": "attn_mask",
        "roll": "cyclic_shift",
        "rearrange": "window_partition window_reverse",
        "layer_scale": "gamma",
    },
    "transformers 5.24.0 and diffusers": {
        "embedding": "word_embedding token_embedding",
        "position_embedding": "positional_embedding learned_positional_embedding",
        "bucketed_position_bias": "relative_attention_bias relative_position_bucket",
        "multihead_attention": "self_attention",
        "attention": "grouped_query_attention gqa sdpa",
        "sinusoidal_embedding": "Timesteps timestep_embedding",
        "selective_scan": "selective_scan_fn",
        "normalize": "l2_norm",
        "parameter": "class_token cls_token",
    },
    "flax, haiku, MXNet, Paddle and ggml": {
        "embedding": "Embed lookup_table",
        "roll": "circular_shift",
        "quick_gelu": "gelu_quick",
        "crop_as": "unpad",
        "upsample_as": "resize_like interpolate_like",
        "linear": "fc affine",
        "conv_transpose1d": "deconv1d",
        "conv_transpose2d": "deconv2d",
        "conv_transpose3d": "deconv3d",
    },
    "papers, by their short names": {
        "batch_norm2d": "BN",
        "layer_norm": "LN",
        "group_norm": "GN",
        "rotary": "RoPE",
        "selective_scan": "S6 SSM",
        "multihead_attention": "MHA",
        "rnn": "Elman SimpleRNN",
        "lstm": "LongShortTermMemory",
        "gru": "GatedRecurrentUnit",
        "leaky_relu": "LReLU",
        "hardswish": "h-swish",
        "adaptive_avg_pool2d": "GAP",
    },
}
"""By whom, our kind: the words for it."""

_CONV = "filters=out_channels strides=stride dilation_rate=dilation use_bias=bias"
_CAFFE_CONV = "num_output=out_channels pad=padding kernel=kernel_size group=groups bias_term=bias"
_ONNX_CONV = "strides=stride pads=padding dilations=dilation group=groups"
_MXNET_CONV = "channels=out_channels strides=stride"
_HEADS = "heads=num_heads nhead=num_heads n_head=num_heads n_heads=num_heads num_attention_heads=num_heads"
_RNN = (
    "units=hidden_size p=dropout input_dim=input_size hidden_dim=hidden_size n_layers=num_layers embed_dim=input_size"
)
_NORM = "epsilon=eps channels=num_features num_channels=num_features features=num_features in_channels=num_features"
_POOL = "pool_size=kernel_size strides=stride pad=padding pads=padding kernel=kernel_size size=kernel_size"
_WINDOW = "window=window_size windows=window_size size=window_size"

ARGUMENTS = {
    "conv1d conv2d conv3d scaled_std_conv2d": {
        "Keras": _CONV,
        "Keras 1": "nb_filter=out_channels",
        "Caffe": _CAFFE_CONV,
        "ONNX": _ONNX_CONV,
        "MXNet's gluon": _MXNET_CONV,
        "tf.layers and slim": "rate=dilation filter_size=kernel_size",
    },
    "conv_transpose1d conv_transpose2d conv_transpose3d": {
        "Keras": _CONV,
        "Caffe": _CAFFE_CONV,
        "ONNX": _ONNX_CONV,
        "MXNet's gluon": _MXNET_CONV,
        "Torch 7": "adj=output_padding",
        "Lasagne": "filter_size=kernel_size",
    },
    "max_pool1d max_pool2d max_pool3d": {"Keras, Caffe, ONNX, Darknet": f"{_POOL} dilation_rate=dilation"},
    "avg_pool1d avg_pool2d avg_pool3d": {"Keras, Caffe, ONNX, Darknet": _POOL},
    "linear transposed_linear": {
        "Keras": "units=out_features use_bias=bias output_dim=out_features input_dim=in_features",
        "Caffe": "num_output=out_features bias_term=bias",
        "a 1 × 1 convolution": "out_channels=out_features in_channels=in_features",
    },
    "dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout": {
        "Keras and flax": "rate=p",
        "Caffe": "dropout_ratio=p",
        "ONNX before version 12": "ratio=p",
        "MXNet and timm": "prob=p",
    },
    "stochastic_depth": {"timm": "drop_prob=p drop_path_rate=p", "Keras and flax": "rate=p", "torchvision": "prob=p"},
    "batch_norm1d batch_norm2d batch_norm3d instance_norm1d instance_norm2d instance_norm3d": {
        "Keras, MXNet, timm": _NORM,
        "Caffe": "moving_average_fraction=momentum",
    },
    "group_norm": {
        "Keras": "groups=num_groups epsilon=eps",
        "timm": "channels=num_channels num_features=num_channels in_channels=num_channels",
    },
    "layer_norm rms_norm": {
        "Keras": "epsilon=eps",
        "transformers": "dim=normalized_shape",
        "flax": "features=normalized_shape",
    },
    "rms_norm": {"Transformer Engine": "zero_centered_gamma=add_unit_offset"},
    "layer_norm2d": {"timm": "num_channels=normalized_shape num_features=normalized_shape", "Keras": "epsilon=eps"},
    "normalize": {"Keras": "axis=dim epsilon=eps"},
    "local_response_norm": {
        "Caffe": "local_size=size",
        "the paper": "n=size",
        "TensorFlow": "depth_radius=size bias=k",
    },
    "leaky_relu": {"ONNX and Keras 2": "alpha=negative_slope", "MXNet": "slope=negative_slope"},
    "flatten": {"ONNX and Caffe": "axis=start_dim", "Caffe": "end_axis=end_dim"},
    "permute": {"Caffe": "order=dims", "ONNX and TensorFlow": "perm=dims", "numpy": "axes=dims"},
    "reshape": {"Keras": "target_shape=shape", "torch": "size=shape"},
    "unflatten": {"torch's tensors": "sizes=unflattened_size", "numpy": "axis=dim"},
    "pad": {"torch's function": "pad=padding", "ONNX": "pads=padding", "torch's convolutions": "padding_mode=mode"},
    "slice": {"TensorFlow": "begin=start", "MXNet": "axis=dim end=stop"},
    "concat softmax log_softmax": {"Keras, ONNX, Caffe": "axis=dim"},
    "mean": {"Keras": "axis=dim keepdims=keepdim", "ONNX": "axes=dim"},
    "roll": {"TensorFlow": "shift=shifts axis=dims", "numpy's others": "axes=dims dim=dims"},
    "expand": {"Keras": "n=size", "torch's tensors": "sizes=size", "numpy": "repeats=size axis=dim"},
    "pad_to_multiple": {
        "transformers": "to_multiple_of=multiple multiple_of=multiple",
        "Detectron's and MMDetection's pads": "divisor=multiple",
        "numpy": "axis=dims axes=dims dim=dims",
    },
    "channel_shuffle": {"Caffe's ShuffleNet": "group=groups", "MXNet": "num_groups=groups"},
    "pixel_shuffle": {
        "the paper": "r=upscale_factor",
        "MXNet": "factor=upscale_factor",
        "super-resolution": "scale=upscale_factor",
    },
    "pixel_unshuffle": {"the paper": "r=downscale_factor", "super-resolution": "scale=downscale_factor"},
    "upsample": {"torch's ancestors": "scale=scale_factor factor=scale_factor", "Keras": "interpolation=mode"},
    "upsample_as": {"Keras": "interpolation=mode"},
    "rescale": {"Keras": "scale=factor", "torch's functions": "value=factor scalar=factor"},
    "embedding": {
        "Keras": "input_dim=num_embeddings output_dim=embedding_dim",
        "transformers": "vocab_size=num_embeddings hidden_size=embedding_dim d_model=embedding_dim",
        "GPT-2": "n_embd=embedding_dim",
        "x-transformers": "num_tokens=num_embeddings dim=embedding_dim",
        "fairseq": "embed_dim=embedding_dim",
    },
    "position_embedding": {
        "transformers": "max_position_embeddings=num_embeddings n_positions=num_embeddings hidden_size=embedding_dim",
        "minGPT": "block_size=num_embeddings n_embd=embedding_dim",
        "Keras": "sequence_length=num_embeddings",
        "open_clip": "context_length=num_embeddings width=embedding_dim",
        "tutorials": "max_len=num_embeddings d_model=embedding_dim",
    },
    "bucketed_position_bias": {
        "transformers": "relative_attention_num_buckets=num_buckets relative_attention_max_distance=max_distance",
        "x-transformers": "heads=num_heads n_heads=num_heads",
    },
    "attention multihead_attention": {
        "torch, transformers, x-transformers": f"{_HEADS} attention_dropout=dropout",
        "torch's function": "dropout_p=dropout",
        "x-transformers": "causal=is_causal",
    },
    "attention": {
        "Mistral and Longformer": "attention_window=sliding_window window=sliding_window local_window=sliding_window",
        "Gemma 2": "attn_logit_softcapping=softcap logit_softcapping=softcap soft_cap=softcap",
    },
    "multihead_attention": {
        "torch's Transformer": "d_model=embed_dim",
        "transformers": "hidden_size=embed_dim",
        "timm": "dim=embed_dim qkv_bias=bias",
        "open_clip": "width=embed_dim",
    },
    "rotary": {"transformers": "rope_theta=base num_attention_heads=num_heads", "GPT-NeoX": "rotary_ndims=rotary_dim"},
    "sinusoidal_embedding": {
        "diffusers": "num_channels=embedding_dim",
        "OpenAI's guided diffusion": "dim=embedding_dim",
        "DiT": "frequency_embedding_size=embedding_dim",
    },
    "rnn lstm gru": {"Keras, AllenNLP, tutorials": _RNN},
    "layer_scale": {"timm": "init_values=init_value dim=num_features", "torchvision": "layer_scale=init_value"},
    "logit_scale": {"transformers": "logit_scale_init_value=init_value", "torch's clamp": "max=max_value"},
    "relative_position_bias relative_coordinates shifted_window_mask": {"Swin and its kin": _WINDOW},
    "shifted_window_mask": {"Swin": "shift_size=shift", "torch.roll": "shifts=shift"},
}
"""By our kinds, and by whom: what each calls an argument, and what it is here."""


def kinds_called() -> list[tuple[str, str]]:
    """Each word, and the kind that it means."""
    found = ((word, kind) for kinds in CALLED.values() for kind, words in kinds.items() for word in words.split())
    return sorted(set(found))


def arguments_called() -> dict[str, dict[str, str]]:
    """Of each kind, what an argument is called elsewhere, and the field that it is."""
    found: dict[str, dict[str, str]] = {}
    for kinds, sources in ARGUMENTS.items():
        pairs = [pair.split("=") for words in sources.values() for pair in words.split()]
        for kind in kinds.split():
            found.setdefault(kind, {}).update((theirs, ours) for theirs, ours in pairs)
    return found
