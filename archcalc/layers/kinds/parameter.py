"""Learnt values that stand beside those that arrive."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar

from archcalc.layers.call import Call
from archcalc.layers.contract import Layer
from archcalc.layers.fields import Flag
from archcalc.layers.size_fields import Listed, Size
from archcalc.layers.starts import Spread
from archcalc.layers.working import Line, Trace, Window, written
from archcalc.sizes.axes import letters
from archcalc.sizes.rules import Shape


class Parameter(Layer):
    """(N, *) -> (N, *shape); one nn.Parameter, the same for every sample.

    Of what arrives it takes the number of samples, and its shape where none is stated: class tokens state one,
    position embeddings do not. It starts with zeros, unless its init says otherwise. Its state_dict key is the
    layer's own name; batch_axis stores it with a batch axis of 1, as torchvision and timm do.
    """

    kind = "parameter"
    also_called = ("param", "learned", "class_token", "cls_token", "pos_embedding")
    own_parameter: ClassVar[bool] = True
    ignores_values: ClassVar[bool] = True
    turns_axes: ClassVar[bool] = True
    uncounted: ClassVar[str] = "it is learnt, not computed"
    least_rank: ClassVar[int] = 1
    shape: Annotated[tuple[int, ...] | None, Listed(Size(drawn_to=4), optional=True)] = None
    batch_axis: Annotated[bool, Flag()] = False

    foreign: ClassVar[dict[str, str]] = {"size": "shape", "dims": "shape", "leading": "batch_axis"}

    def keeps_input(self) -> bool:
        return False

    def out(self, x: Shape) -> Shape:
        return x if self.shape is None else self.shape

    def infers(self, *xs: Shape) -> dict[str, Any]:
        return {} if self.shape is not None else {"shape": xs[0]}

    def weights(self, x: Shape) -> dict[str, Shape]:
        return {"": (1, *self.out(x)) if self.batch_axis else self.out(x)}

    def started(self, name: str, x: Shape, /) -> Spread:
        return 0.0, 0.0

    def derivation(self, x: Shape) -> Iterator[Line]:
        note = "as it arrives" if self.shape is None else "shape"
        for letter, size in zip(letters(len(self.out(x))), self.out(x), strict=True):
            yield Line(f"{letter}'", written(size), size, note)

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        """None: it sees nothing of what arrives."""
        return None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        return (None,)

    def torch(self, x: Shape) -> Call:
        return Call("zeros", self.weights(x)[""], {})

    def expression(self, values: Sequence[str]) -> str:
        assert self.shape is not None
        return f"{values[0]}.expand({values[1]}.shape[0]{', -1' * len(self.shape)})"
