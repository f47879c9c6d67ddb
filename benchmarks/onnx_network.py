"""A checked network as an ONNX graph, layer by layer, for the shape inference of others: its weights are inputs."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from archcalc.analysis.walk import Facts, LayerFacts

OPSET = 17


def model_of(facts: Facts, axes: tuple[int | str, ...]) -> Any:
    """The network from an input of these axes, the batch first; its output is not described. Value k is ``xk``."""
    onnx = import_module("onnx")
    helper, floats = onnx.helper, onnx.TensorProto.FLOAT
    inputs, nodes = [helper.make_tensor_value_info("x0", floats, axes)], []
    for place, layer in enumerate(facts.layers, start=1):
        tensors = dict(_tensors(layer))
        inputs += [helper.make_tensor_value_info(name, floats, shape) for name, shape in tensors.items()]
        sources = [f"x{source}" for source in layer.step.sources]
        operator, settings = _node(layer)
        nodes.append(helper.make_node(operator, [*sources, *tensors], [f"x{place}"], layer.name, **settings))
    output = helper.make_tensor_value_info(f"x{len(nodes)}", floats, None)
    graph = helper.make_graph(nodes, "network", inputs, [output])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)])


def shapes_of(inferred: Any) -> dict[str, tuple[Any, ...]]:
    """What is known of each value of a model after shape inference, without the batch."""
    known = [*inferred.graph.value_info, *inferred.graph.output]
    return {
        value.name: tuple(size.dim_param or size.dim_value for size in value.type.tensor_type.shape.dim)[1:]
        for value in known
    }


def _tensors(layer: LayerFacts) -> Iterator[tuple[str, tuple[Any, ...]]]:
    """The tensors in the order of ONNX's inputs, which is torch's; it has no counter of batches."""
    for name, shape in {**layer.weights, **layer.buffers}.items():
        if name != "num_batches_tracked":
            yield layer.key(name), shape


def _node(layer: LayerFacts) -> tuple[str, dict[str, Any]]:
    """The operator of a layer, and its attributes."""
    built: Any = layer.step.layer
    match layer.kind:
        case "conv2d":
            settings = _window(built) | {"dilations": _two(built.dilation), "group": built.groups}
            return "Conv", settings
        case "max_pool2d":
            return "MaxPool", _window(built)
        case "linear":
            return "Gemm", {"transB": 1}
        case "adaptive_avg_pool2d" if layer.output is not None and layer.output[1:] == (1, 1):
            return "GlobalAveragePool", {}
        case kind:
            return {"batch_norm2d": "BatchNormalization", "relu": "Relu", "add": "Add", "flatten": "Flatten"}[kind], {}


def _window(built: Any) -> dict[str, Any]:
    return {
        "kernel_shape": _two(built.kernel_size),
        "strides": _two(built.kernel_size if built.stride is None else built.stride),
        "pads": 2 * _two(built.padding),
    }


def _two(value: int | tuple[int, ...]) -> list[int]:
    return [value, value] if isinstance(value, int) else list(value)
