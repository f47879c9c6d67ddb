"""Learnt factors."""

from collections.abc import Sequence
from typing import Annotated, ClassVar

from archcalc.layers.contract import Call, Layer
from archcalc.layers.fields import Real
from archcalc.layers.size_fields import Size
from archcalc.sizes.rules import Dim, Shape


class LayerScale(Layer):
    """(N, C, *) -> (N, C, *); one nn.Parameter of C × 1 × …, as in torchvision.models.convnext.

    y = scale·x, a factor a channel; its state_dict key is the layer's own name.
    Touvron et al. 2021, "Going deeper with image transformers".
    """

    kind = "layer_scale"
    also_called = ("layerscale", "gamma")
    own_parameter: ClassVar[bool] = True
    mixes_channels: ClassVar[bool] = False
    least_rank: ClassVar[int] = 1
    num_features: Annotated[int | None, Size(0, optional=True)] = None
    init_value: Annotated[float, Real()] = 1e-6

    foreign: ClassVar[dict[str, str]] = {
        "layer_scale": "init_value",
        "init_values": "init_value",
        "dim": "num_features",
        "channels": "num_features",
    }

    def infers(self, x: Shape) -> dict[str, Dim]:
        return {"num_features": x[0]}

    def compared_by_torch(self, x: Shape) -> bool:
        """Unless one of the two is 1: then torch repeats it."""
        return self.num_features != 1 and not (type(x[0]) is int and x[0] == 1)

    def out(self, x: Shape) -> Shape:
        return x

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"": (x[0] if self.num_features is None else self.num_features, *(1 for _ in x[1:]))}

    def macs(self, x: Shape) -> Dim:
        """0: what is done value by value is not counted."""
        return 0

    def torch(self, x: Shape) -> Call:
        return Call("full", (self.weights(x)[""], float(self.init_value)), {})

    def expression(self, values: Sequence[str]) -> str:
        return f"{values[0]} * {values[1]}"
