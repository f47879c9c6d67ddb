"""Activation functions.

Most are true twins: the shape stays, nothing is learnt, only the name, the arguments and the formula
differ. Those are rows of one table; the few with a rule of their own are classes below it.
"""

from collections.abc import Iterator
from types import new_class
from typing import Annotated, ClassVar

from archcalc.layers.contract import Layer
from archcalc.layers.counters import Rule, learnt_once, nothing, repeated, taken
from archcalc.layers.fields import MAX_REAL, Choice, Flag, Real
from archcalc.layers.need import Need, axis_needs
from archcalc.layers.size_fields import Axis, Size
from archcalc.layers.starts import Spread
from archcalc.layers.working import Line, Window, along_one, chain, parted, written
from archcalc.sizes.axes import axis_at, letters
from archcalc.sizes.rules import Shape, divides, equal, floor_div


class _Activation(Layer):
    sort: ClassVar[str] = "activations"
    drawn_behind: ClassVar[bool] = True
    told_in_tables: ClassVar[bool] = False
    uncounted: ClassVar[str] = "activations are not counted"
    backward: ClassVar[str] = "x"
    """What torch keeps for the gradient: ``x`` what is taken, ``y`` what is given, ``-`` neither.

    A second letter says it of the layer in place. A copy of what is overwritten is neither.
    """

    def overwrites(self, training: bool) -> bool:
        return bool(getattr(self, "inplace", False))

    def keeps_input(self) -> bool:
        return self._backward() == "x"

    def keeps_output(self) -> bool:
        return self._backward() == "y"

    def _backward(self) -> str:
        return self.backward[-1 if self.overwrites(True) else 0]

    mixes_channels: ClassVar[bool] = False


_INPLACE = ("inplace", Annotated[bool, Flag()], False)


def _real(name: str, default: float, at_least: float = -MAX_REAL) -> tuple[str, object, float]:
    return (name, Annotated[float, Real(at_least)], default)


_TWINS: dict[str, tuple[str, str, str, list[tuple[str, object, object]]]] = {
    "relu": ("ReLU", "yy", "max(0, x)", [_INPLACE]),
    "relu6": ("ReLU6", "x-", "min(max(0, x), 6)", [_INPLACE]),
    "elu": ("ELU", "xy", "x for x > 0, else alpha·(eˣ − 1)", [_real("alpha", 1.0, at_least=0.0), _INPLACE]),
    "selu": ("SELU", "xy", "scale·(x for x > 0, else alpha·(eˣ − 1)), both constants fixed", [_INPLACE]),
    "celu": ("CELU", "xy", "max(0, x) + min(0, alpha·(e^(x/alpha) − 1))",
             [_real("alpha", 1.0, at_least=1e-38), _INPLACE]),
    "gelu": ("GELU", "x", "x·Φ(x)", [("approximate", Annotated[str, Choice(("none", "tanh"))], "none")]),
    "silu": ("SiLU", "x-", "x·sigmoid(x), also called swish", [_INPLACE]),
    "mish": ("Mish", "x-", "x·tanh(softplus(x))", [_INPLACE]),
    "sigmoid": ("Sigmoid", "y", "1/(1 + e⁻ˣ)", []),
    "log_sigmoid": ("LogSigmoid", "x", "log(1/(1 + e⁻ˣ))", []),
    "tanh": ("Tanh", "y", "tanh(x)", []),
    "tanhshrink": ("Tanhshrink", "-", "x − tanh(x)", []),
    "hardsigmoid": ("Hardsigmoid", "x-", "min(max(0, x/6 + 1/2), 1)", [_INPLACE]),
    "hardswish": ("Hardswish", "x-", "x·min(max(0, x + 3), 6)/6", [_INPLACE]),
    "hardshrink": ("Hardshrink", "x", "x for |x| > lambd, else 0", [_real("lambd", 0.5)]),
    "softshrink": ("Softshrink", "x", "x ∓ lambd for |x| > lambd, else 0", [_real("lambd", 0.5, at_least=0.0)]),
    "softplus": ("Softplus", "x", "log(1 + e^(beta·x))/beta", [_real("beta", 1.0), _real("threshold", 20.0)]),
    "softsign": ("Softsign", "x", "x/(1 + |x|)", []),
}  # fmt: skip
"""kind: torch's class, what it keeps for the backward pass, formula, arguments in torch's order."""

_COUNTED: dict[str, dict[str, Rule]] = {
    "relu": {"ptflops": repeated(), "thop": nothing},
    "relu6": {"ptflops": taken(1), "thop": nothing},
    "elu": {"ptflops": repeated()},
    "gelu": {"ptflops": repeated()},
    "silu": {"ptflops": repeated(0)},
}

_ALSO_CALLED = {"silu": ("swish",), "hardswish": ("hswish",)}


def _twin(kind: str, name: str, backward: str, formula: str, arguments: list[tuple[str, object, object]]) -> None:
    body: dict[str, object] = {
        "__module__": __name__,
        "__doc__": f"(N, *) -> (N, *); torch.nn.{name}.\n\n{formula}.",
        "__annotations__": {argument: annotation for argument, annotation, _ in arguments},
        "kind": kind,
        "backward": backward,
        "also_called": _ALSO_CALLED.get(kind, ()),
        "counted": _COUNTED.get(kind, {}),
    }
    body |= {argument: default for argument, _, default in arguments}
    new_class(name, (_Activation,), exec_body=lambda namespace: namespace.update(body))


for _kind, _row in _TWINS.items():
    _twin(_kind, *_row)


class LeakyReLU(_Activation):
    """(N, *) -> (N, *); torch.nn.LeakyReLU. max(0, x) + negative_slope·min(0, x).

    Maas et al. 2013, "Rectifier nonlinearities improve neural network acoustic models".
    """

    kind = "leaky_relu"
    counted = {"ptflops": taken(1), "thop": nothing}
    backward: ClassVar[str] = "xy"
    also_called = ("lrelu",)
    foreign: ClassVar[dict[str, str]] = {"alpha": "negative_slope", "slope": "negative_slope"}
    negative_slope: Annotated[float, Real()] = 0.01
    inplace: Annotated[bool, Flag()] = False

    def needs(self, x: Shape) -> Iterator[Need]:
        # The gradient is found from the output's sign, which a negative slope turns.
        yield Need(
            self.negative_slope >= 0 or not self.inplace,
            "A114",
            lambda: f"cannot learn in place with a negative slope of {self.negative_slope:g}",
            "inplace",
            {"inplace": False},
        )


class Hardtanh(_Activation):
    """(N, *) -> (N, *); torch.nn.Hardtanh. min(max(min_val, x), max_val)."""

    kind = "hardtanh"
    also_called = ("clip", "clamp", "clip_by_value")
    backward: ClassVar[str] = "x-"
    min_val: Annotated[float, Real()] = -1.0
    max_val: Annotated[float, Real()] = 1.0
    inplace: Annotated[bool, Flag()] = False

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            self.min_val < self.max_val,
            "A114",
            lambda: f"clips to {self.min_val:g}…{self.max_val:g}, which is empty",
            "min_val",
        )


class Threshold(_Activation):
    """(N, *) -> (N, *); torch.nn.Threshold. x for x > threshold, else value."""

    kind = "threshold"
    backward: ClassVar[str] = "x-"
    threshold: Annotated[float, Real()]
    value: Annotated[float, Real()]

    positional: ClassVar[tuple[str, ...]] = ("threshold", "value")
    inplace: Annotated[bool, Flag()] = False


class RReLU(_Activation):
    """(N, *) -> (N, *); torch.nn.RReLU. x for x ≥ 0, else a·x with a random in lower…upper.

    Xu et al. 2015, "Empirical evaluation of rectified activations in convolution network".
    """

    kind = "rrelu"
    backward: ClassVar[str] = "xy"
    lower: Annotated[float, Real(0.0)] = 1.0 / 8
    upper: Annotated[float, Real(0.0)] = 1.0 / 3
    inplace: Annotated[bool, Flag()] = False

    random_in_training: ClassVar[bool] = True

    def needs(self, x: Shape) -> Iterator[Need]:
        yield Need(
            self.lower <= self.upper,
            "A114",
            lambda: f"draws slopes from {self.lower:g}…{self.upper:g}, which is empty",
            "lower",
        )


class PReLU(_Activation):
    """(N, C, *) -> (N, C, *); torch.nn.PReLU. max(0, x) + weight·min(0, x).

    One learnt slope, or one a channel. He et al. 2015, "Delving deep into rectifiers".
    """

    kind = "prelu"
    counted = {"torchinfo": learnt_once, "ptflops": repeated(), "thop": taken(1)}
    least_rank: ClassVar[int] = 1
    num_parameters: Annotated[int, Size()] = 1
    init: Annotated[float, Real()] = 0.25

    def needs(self, x: Shape) -> Iterator[Need]:
        channels = x[0]
        yield Need(
            equal((self.num_parameters - 1) * (self.num_parameters - channels), 0),
            "A203",
            lambda: f"has {self.num_parameters} slopes, but {channels} channels arrive",
            "num_parameters",
            {"num_parameters": channels},
        )

    def started(self, name: str, x: Shape, /) -> Spread:
        return float(self.init), 0.0

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"weight": (self.num_parameters,)}


class GLU(_Activation):
    """(N, *, 2n, *) -> (N, *, n, *); torch.nn.GLU. a·sigmoid(b), a and b the halves along dim.

    Dauphin et al. 2017, "Language modeling with gated convolutional networks". dim counts with the
    batch as axis 0.
    """

    kind = "glu"
    dim: Annotated[int, Axis()] = -1

    def out(self, x: Shape) -> Shape:
        axis = axis_at(self.dim, x)
        if not 1 <= axis <= len(x):
            return x
        return (*x[: axis - 1], floor_div(x[axis - 1], 2), *x[axis:])

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, x, "dim")
        axis = axis_at(self.dim, x)
        yield Need(axis != 0, "A209", lambda: "would halve the batch axis", "dim", beyond_torch=True)
        if 1 <= axis <= len(x):
            yield Need(
                divides(2, x[axis - 1]),
                "A204",
                lambda: f"halves an axis of {x[axis - 1]}, which is odd",
                "dim",
            )

    def derivation(self, x: Shape) -> Iterator[Line]:
        axis = axis_at(self.dim, x)
        if 1 <= axis <= len(x):
            n, half = x[axis - 1], self.out(x)[axis - 1]
            yield Line(f"{letters(len(x))[axis - 1]}'", chain(f"⌊{written(n)}/2⌋", half), half, "halves a and b")
            yield parted("A204", "halved", n, 2)

    def window(self, x: Shape) -> tuple[Window, ...]:
        """Two pixels half the axis apart, where it is an axis of places that is halved."""
        return along_one(x, axis_at(self.dim, x), lambda n: Window(2, 1, 0, floor_div(n, 2)))

    def first(self, x: Shape) -> Window:
        return Window(2, 1, 0, floor_div(x[0], 2)) if axis_at(self.dim, x) == 1 else Window()


class QuickGELU(_Activation):
    """(N, *) -> (N, *); x·sigmoid(1.702·x), which is near to GELU.

    Hendrycks and Gimpel 2016, "Gaussian error linear units"; OpenAI's CLIP has it.
    """

    kind = "quick_gelu"
    also_called = ("sigmoid_gelu", "gelu_quick")
    own_module: ClassVar[bool] = True
