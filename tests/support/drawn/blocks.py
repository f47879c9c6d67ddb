"""Blocks as people write them, each with arguments under drawn names, defaults, and a ``let``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.support.drawn.arguments import Arguments, Block
from tests.support.drawn.items import Document


def convolution(args: Arguments) -> Block:
    """A convolution, perhaps normalised, and one of several activations."""
    random = args.random
    width = args.add("width", must=random.random() < 0.7)
    stride, norm, mode = args.add("stride"), args.add("flag"), args.add("mode")
    named = random.random() < 0.5
    conv: Document = {"kind": "conv2d", "out_channels": width, "stride": stride}
    if random.random() < 0.5:
        kernel = args.add("kernel")
        conv |= {"kernel_size": kernel, "padding": f"{kernel} // 2"}
    else:
        conv |= {"kernel_size": args.add("kernels"), "padding": "same"}
        del conv["stride"]
    conv["bias"] = f"not {norm}"
    layers = [conv, {"kind": "batch_norm2d", "when": norm}]
    acts = random.choice(
        [
            [{"kind": "relu", "when": f"{mode} == 0"}, {"kind": "silu", "when": f"{mode} == 1"}],
            [{"kind": "relu", "when": f"{mode} > 0"}, {"kind": "hardswish", "when": f"{mode} <= 0"}],
            [{"kind": "leaky_relu", "negative_slope": args.add("slope")}],
            [{"kind": "elu", "alpha": args.add("slope"), "when": f"{mode} != 2"}],
        ]
    )
    layers += acts
    if named:
        for place, layer in enumerate(layers):
            if place == 0 or random.random() < 0.7:
                layer["name"] = ("conv", "bn", "first", "second")[place]
        layers = [{"name": layer["name"], **layer} if "name" in layer else layer for layer in layers]
    return args.block(layers, changes="stride" in conv, gives=width)


def residual(args: Arguments) -> Block:
    """A residual block that projects its input only where it must."""
    random = args.random
    width, stride = args.add("width", must=True), args.add("stride")
    norm = args.add("flag")
    ratio = args.add("ratio")
    args.own["mid"] = random.choice([f"max(1, ceil({width} * {ratio}))", f"max(1, {width} // 2)", width])
    project = random.choice(
        [f"{stride} != 1 or in_channels != {width}", f"not ({stride} == 1 and in_channels == {width})"]
    )
    inside: list[Document] = [
        {"kind": "conv2d", "out_channels": width, "kernel_size": 1, "stride": stride, "bias": False},
        {"kind": "batch_norm2d", "when": norm},
    ]
    shortcut: Document = {"name": "downsample", "from": "input", "when": project, "layers": inside}
    if random.random() < 0.3:
        shortcut = {"name": "downsample", **inside[0], "from": "input", "when": project}
    main: list[Document] = [
        {"name": "conv1", "kind": "conv2d", "out_channels": "mid", "kernel_size": 3, "stride": stride, "padding": 1},
        {"name": "bn1", "kind": "batch_norm2d", "when": norm},
        {"name": "relu", "kind": "relu"},
        {"name": "conv2", "kind": "conv2d", "out_channels": width, "kernel_size": 1, "bias": f"not {norm}"},
        {"name": "bn2", "kind": "batch_norm2d", "when": norm},
    ]
    if random.random() < 0.3:
        main = [{"name": "main", "layers": [{k: v for k, v in one.items() if k != "name"} for one in main]}]
    last = main[-1]["name"]
    join: Document = {"kind": "add", "from": [last, "downsample"]}
    if random.random() < 0.4:
        join["name"] = "sum"
    layers: list[Document] = [*main, shortcut, join]
    if random.random() < 0.3:
        layers = [{**shortcut}, *main, join]
        layers[1] = {**layers[1], "from": "input"}
    if random.random() < 0.6:
        layers.append({"kind": "relu", "when": args.add("flag")} if random.random() < 0.5 else {"kind": "relu"})
    return args.block(layers, changes=True, gives=width)


def inverted(args: Arguments) -> Block:
    """An inverted residual, whose sum is there only where it can be."""
    random = args.random
    out, expand = args.add("width", must=True), args.add("ratio")
    stride, se = args.add("stride"), args.add("flag")
    args.own["hidden"] = f"max(1, ceil(in_channels * {expand}))"
    gate: list[Document] = [
        {"name": "pool", "kind": "adaptive_avg_pool2d", "output_size": 1},
        {"name": "fc", "kind": "conv2d", "out_channels": "hidden", "kernel_size": 1},
        {"name": "gates", "kind": "sigmoid"},
        {"kind": "multiply", "from": ["gates", "expanded"]},
    ]
    layers: list[Document] = [
        {"name": "expand", "kind": "conv2d", "when": f"{expand} != 1", "out_channels": "hidden", "kernel_size": 1},
        {"name": "expanded", "kind": "conv2d", "out_channels": "hidden", "kernel_size": 3, "padding": 1,
         "stride": stride, "groups": random.choice(["hidden", 1])},
        {"name": "se", "when": se, "layers": gate},
        {"name": "project", "kind": "conv2d", "out_channels": out, "kernel_size": 1},
    ]  # fmt: skip
    layers.append({"kind": "add", "from": ["project", "input"], "when": f"{stride} == 1 and in_channels == {out}"})
    return args.block(layers, changes=True, gives=out)


def squeeze(args: Arguments) -> Block:
    """Squeeze and excitation: what arrives, each channel times a gate."""
    random = args.random
    ratio = args.add("ratio")
    args.own["squeezed"] = f"max(1, floor(in_channels * {ratio}))"
    gate = args.add("flag")
    layers: list[Document] = [
        {"name": "pool", "kind": "adaptive_avg_pool2d", "output_size": 1},
        {"name": "down", "kind": "conv2d", "out_channels": "squeezed", "kernel_size": 1},
        {"name": "act", "kind": "relu"},
        {"name": "up", "kind": "conv2d", "out_channels": "in_channels", "kernel_size": 1},
        {"name": "soft", "kind": "sigmoid", "when": gate},
        {"name": "hard", "kind": "hardswish", "when": f"not {gate}"},
    ]
    join: Document = {"kind": "multiply", "from": [random.choice(["soft", "hard"]), "input"]}
    if random.random() < 0.6:
        layers.append({"name": "gates", "kind": "dropout", "p": 0.5})
        join["from"][0] = "gates"
    return args.block([*layers, join], gives="input")


def reparametrised(args: Arguments) -> Block:
    """RepVGG: one convolution where it is deployed, and several branches in training."""
    random = args.random
    width, deploy, norm = args.add("width", must=True), args.add("flag"), args.add("flag")
    stride = args.add("stride")
    shape = {"out_channels": width, "stride": stride}
    layers: list[Document] = [
        {"name": "fused", "kind": "conv2d", "when": deploy, **shape, "kernel_size": 3, "padding": 1},
        {"name": "dense", "kind": "conv2d", "when": f"not {deploy}", **shape, "kernel_size": 3, "padding": 1},
        {"name": "point", "kind": "conv2d", "when": f"not {deploy}", **shape, "kernel_size": 1, "from": "input"},
        {"name": "both", "kind": "add", "when": f"not {deploy}", "from": ["dense", "point"]},
    ]
    if random.random() < 0.5:
        alone = f"not {deploy} and {stride} == 1 and in_channels == {width}"
        layers += [
            {"name": "same", "kind": "batch_norm2d", "when": alone, "from": "input"},
            {"name": "three", "kind": "add", "when": alone, "from": ["both", "same"]},
        ]
        layers.append({"name": "last", "kind": "identity", "from": "three"})
    if random.random() < 0.6:
        layers.append({"name": "bn", "kind": "batch_norm2d", "when": norm})
    layers.append({"kind": "relu"})
    return args.block(layers, changes=True, gives=width)


def inception(args: Arguments) -> Block:
    """Branches side by side, some of which may not be there."""
    random = args.random
    one, three = args.add("width"), args.add("width")
    pooled, factored = args.add("flag"), args.add("flag")
    depth = args.add("count")
    kernels: list[Any] = [3] if random.random() < 0.5 else [[1, 3], [3, 1]]
    layers: list[Document] = [
        {"name": "b1", "kind": "conv2d", "out_channels": one, "kernel_size": 1, "from": "input"},
        {"name": "b2", "from": "input", "layers": [
            {"name": "reduce", "kind": "conv2d", "out_channels": f"max(1, {three} // 2)", "kernel_size": 1},
            *({"kind": "conv2d", "out_channels": three, "kernel_size": size, "padding": "same", "when": factored}
              for size in kernels),
            {"name": "more", "kind": "conv2d", "repeat": depth, "out_channels": three, "kernel_size": 1},
        ]},
        {"name": "pool", "from": "input", "when": pooled, "layers": [
            {"kind": "avg_pool2d", "kernel_size": 3, "stride": 1, "padding": 1},
            {"name": "conv", "kind": "conv2d", "out_channels": one, "kernel_size": 1},
        ]},
        {"kind": "concat", "from": ["b1", "b2", random.choice(["pool", "pool", "pool.conv", "b2.reduce"])]},
    ]  # fmt: skip
    return args.block(layers)


def dense(args: Arguments) -> Block:
    """Dense layers: each gives its input and some channels more."""
    growth, depth = args.add("width"), args.add("count")
    layers: list[Document] = [
        {"name": "layer{index + 1}", "repeat": depth, "layers": [
            {"name": "start", "kind": "identity"},
            {"name": "norm", "kind": "batch_norm2d"},
            {"name": "conv", "kind": "conv2d", "out_channels": growth, "kernel_size": 3, "padding": 1},
            {"kind": "concat", "from": ["start", "conv"]},
        ]},
        {"name": "end", "kind": "relu", "when": args.add("flag")},
    ]  # fmt: skip
    return args.block(layers)


def skip(args: Arguments) -> Block:
    """The way up of a U-Net, where what arrives may be cropped or turned into the other's channels."""
    random = args.random
    width = random.choice([args.add("width"), "skip_channels", "max(1, skip_channels // 2)"])
    align, summed = args.add("flag"), args.add("flag")
    layers: list[Document] = [
        {
            "name": "turned",
            "kind": "conv2d",
            "when": align,
            "from": "skip",
            "out_channels": "x_channels",
            "kernel_size": 1,
        },
        {"name": "cut", "kind": "slice", "when": summed, "from": "turned", "start": 0, "stop": 1},
        {"name": "both", "kind": "concat", "from": random.choice([["x", "turned"], ["turned", "x"], ["x", "cut"]])},
        {"name": "conv", "kind": "conv2d", "out_channels": width, "kernel_size": 3, "padding": 1},
    ]
    return args.block(layers, inputs=["x", "skip"])


def either(args: Arguments) -> Block:
    """A choice of joins, as conditions that exclude each other, with what follows taking whichever is there."""
    random = args.random
    flag = args.add("flag") if random.random() < 0.6 else None
    mode = None if flag else args.add("mode")
    first, second = (flag, f"not {flag}") if flag else (f"{mode} == 0", f"{mode} != 0")
    named = random.random() < 0.6
    plus: Document = {"name": "plus", "kind": "add", "when": first, "from": ["c", "input"]}
    times: Document = {"name": "times", "kind": "multiply", "when": second, "from": ["c", "input"]}
    if not named:
        plus, times = ({key: one for key, one in join.items() if key != "name"} for join in (plus, times))
    layers: list[Document] = [
        {"name": "c", "kind": "conv2d", "out_channels": "in_channels", "kernel_size": 1},
        plus,
        times,
    ]
    layers += [{"kind": "relu"}] if random.random() < 0.7 else []
    return args.block(layers, gives="input")


def pair(args: Arguments) -> Block:
    """Two convolutions whose arguments all have defaults, of the same kinds."""
    random = args.random
    first, second = args.add("width"), args.add("width")
    biased, acting = args.add("flag"), args.add("flag")
    size, slope = args.add("kernels"), args.add("slope")
    layers: list[Document] = [
        {"kind": "conv2d", "out_channels": first, "kernel_size": size, "padding": "same", "bias": biased},
        {"kind": "leaky_relu", "negative_slope": slope, "when": acting},
        {"kind": "conv2d", "out_channels": second, "kernel_size": 1},
    ]
    if random.random() < 0.4:
        layers.append({"kind": "pad", "padding": [0, args.add("count"), 0, 0]})
    return args.block(layers, changes=layers[-1]["kind"] == "pad", gives=second)


BLOCKS: dict[str, Callable[[Arguments], Block]] = {
    "conv_act": convolution,
    "residual": residual,
    "inverted": inverted,
    "squeeze": squeeze,
    "rep_vgg": reparametrised,
    "inception": inception,
    "dense": dense,
    "pair": pair,
    "skip": skip,
    "either": either,
}
