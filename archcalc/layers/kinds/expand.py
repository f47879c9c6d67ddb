"""An axis of a single place made longer by repeating it."""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from archcalc.layers.kinds.arrange import Rearranged
from archcalc.layers.need import Need, axis_needs, says
from archcalc.layers.size_fields import Axis, Size
from archcalc.layers.working import Line, Trace, Window, places, written
from archcalc.sizes.axes import axis_at, letters
from archcalc.sizes.rules import Shape, either, equal


class Expand(Rearranged):
    """(N, *, 1, *) -> (N, *, size, *); torch.Tensor.expand.

    What stands at the one place of the axis dim stands at all size of them, each a copy: as the one key that DeepSeek's
    heads share. An axis of that size already stays as it is. dim counts with the batch as axis 0.
    """

    kind = "expand"
    told_in_tables: ClassVar[bool] = False
    also_called = ("broadcast", "broadcast_to", "repeat_vector")
    own_module: ClassVar[bool] = True
    dim: Annotated[int, Axis()]
    size: Annotated[int, Size()]

    positional: ClassVar[tuple[str, ...]] = ("dim", "size")
    foreign: ClassVar[dict[str, str]] = {"axis": "dim", "n": "size", "repeats": "size", "sizes": "size"}

    def out(self, x: Shape) -> Shape:
        axis = axis_at(self.dim, x)
        return (*x[: axis - 1], self.size, *x[axis:]) if 1 <= axis <= len(x) else x

    def needs(self, x: Shape) -> Iterator[Need]:
        yield from axis_needs(self.dim, x, "dim")
        axis = axis_at(self.dim, x)
        yield Need(axis != 0, "A209", lambda: "would repeat the batch axis", "dim", {"dim": 1}, beyond_torch=True)
        if 1 <= axis <= len(x):
            n = x[axis - 1]
            why = says("repeats an axis of 1 place {:,} times, but {:,} arrive", self.size, n)
            yield Need(either(equal(n, 1), equal(n, self.size)), "A211", why, "dim")

    def derivation(self, x: Shape) -> Iterator[Line]:
        axis, given = axis_at(self.dim, x), self.out(x)
        if 1 <= axis <= len(x):
            for at, (letter, size) in enumerate(zip(letters(len(given)), given, strict=True), 1):
                yield Line(f"{letter}'", written(size), size, "size" if at == axis else "as it arrives")

    def _stays(self, x: Shape) -> bool:
        axis = axis_at(self.dim, x)
        return not 1 <= axis <= len(x) or equal(x[axis - 1], self.size) is True

    def window(self, x: Shape) -> tuple[Window, ...] | None:
        return (Window(),) * len(places(x)) if self._stays(x) else None

    def traces(self, x: Shape) -> tuple[Trace | None, ...]:
        """Every place of the axis that is repeated sees all of it, which is one."""
        axis = axis_at(self.dim, x)
        if self._stays(x):
            return super().traces(x)
        windows = tuple(Window(n, 0) if at == axis else Window() for at, n in enumerate(x, 1))
        return (Trace(windows, tuple(range(len(x)))),)

    def channels_stay(self, x: Shape) -> bool:
        return axis_at(self.dim, x) != 1
