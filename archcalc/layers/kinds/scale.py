"""Factors, learnt or stated."""

from collections.abc import Iterator, Sequence
from typing import Annotated, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Real
from archcalc.layers.need import Need
from archcalc.layers.size_fields import Listed, Size
from archcalc.layers.starts import Spread
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import Shape, either, equal


class LayerScale(Layer):
    """(N, C, *) -> (N, C, *); one nn.Parameter of C × 1 × …, as in torchvision.models.convnext.

    y = scale·x, a factor a channel; its state_dict key is the layer's own name.
    Touvron et al. 2021, "Going deeper with image transformers".
    """

    kind = "layer_scale"
    also_called = ("gamma",)
    own_parameter: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    uncounted: ClassVar[str] = "what is done value by value is not counted"
    least_rank: ClassVar[int] = 1
    num_features: Annotated[int | None, Size(0, optional=True, follows_axis=0)] = None
    init_value: Annotated[float, Real()] = 1e-6

    foreign: ClassVar[dict[str, str]] = {
        "layer_scale": "init_value",
        "init_values": "init_value",
        "dim": "num_features",
        "channels": "num_features",
    }

    def compared_by_torch(self, x: Shape) -> bool:
        """Unless one of the two is 1: then torch repeats it."""
        return self.num_features != 1 and not (type(x[0]) is int and x[0] == 1)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"": (self.settled("num_features", x), *(1 for _ in x[1:]))}

    def started(self, name: str, x: Shape, /) -> Spread:
        return float(self.init_value), 0.0

    def torch(self, x: Shape) -> Call:
        return Call("full", (self.weights(x)[""], float(self.init_value)), {})

    def expression(self, values: Sequence[str]) -> str:
        return f"{values[0]} * {values[1]}"


class LogitScale(Layer):
    """(N, *) -> (N, *); one nn.Parameter s. y = eˢ·x.

    How sharply likenesses are told apart, learnt as a logarithm; its state_dict key is the layer's own name. It is a
    single number, or has a shape, such as heads × 1 × 1: that of the last axes that arrive, where a size of 1 is
    repeated. With a max_value it is min(s, max_value) whose power of e is taken. Radford et al. 2021, "Learning
    transferable visual models from natural language supervision"; Liu et al. 2022, "Swin transformer V2".
    """

    kind = "logit_scale"
    also_called = ("temperature", "exp_scale")
    own_parameter: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    uncounted: ClassVar[str] = "what is done value by value is not counted"
    least_rank: ClassVar[int] = 1
    init_value: Annotated[float, Real()] = 0.0
    shape: Annotated[tuple[int, ...] | None, Listed(Size(drawn_to=4), optional=True)] = None
    max_value: Annotated[float | None, Real(optional=True)] = None

    foreign: ClassVar[dict[str, str]] = {
        "logit_scale_init_value": "init_value",
        "init_values": "init_value",
        "size": "shape",
        "max": "max_value",
        "clamp_max": "max_value",
    }

    def needs(self, x: Shape) -> Iterator[Need]:
        shape = self.shape or ()
        more = f"scales by {shape_text(shape)}, which has more axes than {shape_text(x)}"
        yield Need(len(shape) <= len(x), "A202", lambda: more, "shape", beyond_torch=True)
        other = f"scales by {shape_text(shape)}, but {shape_text(x)} arrives"
        # A factor for each head is often stated without the axes of 1 behind it.
        meant: dict[str, object] | None = (
            {"shape": (*shape, *(1,) * (len(x) - len(shape)))} if len(shape) < len(x) else None
        )
        for own, size in zip(reversed(shape), reversed(x), strict=False):
            # Where a single value arrives, torch repeats it.
            fits, ours = either(equal(own, 1), equal(own, size)), type(size) is int and size == 1
            yield Need(fits, "A203", lambda: other, "shape", meant, beyond_torch=ours)

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"": self.shape or ()}

    def started(self, name: str, x: Shape, /) -> Spread:
        return float(self.init_value), 0.0

    def torch(self, x: Shape) -> Call:
        return Call("full", (self.shape or (), float(self.init_value)), {})

    def expression(self, values: Sequence[str]) -> str:
        kept = "" if self.max_value is None else f".clamp(max={float(self.max_value)!r})"
        return f"{values[0]}{kept}.exp() * {values[1]}"


class Rescale(Layer):
    """(N, *, C) -> (N, *, C); y = factor·C^width_power·x/√variance, a factor that is stated and not learnt.

    C is the size of the last axis. T5 divides by √C before its head, width_power: -0.5; Gemma multiplies what it
    looks up by it, width_power: 0.5. NFNets state which variance a block's input has. Raffel et al. 2020, "Exploring
    the limits of transfer learning"; Brock et al. 2021, "Characterizing signal propagation".
    """

    kind = "rescale"
    also_called = ("rescaling", "constant_scale", "multiply_by", "mul_scalar")
    own_module: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    mixes_channels: ClassVar[bool] = False
    uncounted: ClassVar[str] = "what is done value by value is not counted"
    least_rank: ClassVar[int] = 1
    factor: Annotated[float, Real()] = 1.0
    width_power: Annotated[float, Real(-2.0, 2.0)] = 0.0
    variance: Annotated[float, Real(0.0, above=True)] = 1.0

    foreign: ClassVar[dict[str, str]] = {"scale": "factor", "value": "factor", "scalar": "factor"}

    def keeps_input(self) -> bool:
        return False
