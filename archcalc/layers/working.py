"""What a layer kind tells `archcalc explain`: lines of arithmetic with the numbers put in, and windows.

The text of a line is what a teacher writes on the board, ``⌊216/4⌋ + 1 = 54 + 1 = 55``: expressions that
are equal all along, and at the end the value that the kind's own rule gives.
"""

from collections.abc import Callable

from msgspec import Struct

from archcalc.sizes.rules import UNKNOWN, Dim, Shape, floor_div, known_size, modulo, prod


class Line(Struct, frozen=True):
    """``of`` is what is derived, ``text`` how, ``value`` what its rule gives; ``None`` where no rule gives a number.

    ``note`` says in words what the numbers mean. ``code`` names the need that the line shows, if it
    shows one: its text is then a comparison, written as it holds or fails.
    """

    of: str
    text: str
    value: Dim | None = None
    note: str = ""
    code: str | None = None


class Window(Struct, frozen=True):
    """What one place of the output sees along an axis: place j sees pixels j·stride − padding + i·dilation, i < size.

    ``padding`` is that before the input. A ``stride`` of 0 says that every place sees the same.
    """

    size: Dim = 1
    stride: Dim = 1
    padding: Dim = 0
    dilation: Dim = 1

    @property
    def reach(self) -> Dim:
        """From the first pixel it sees to the last, both counted."""
        return self.dilation * (self.size - 1) + 1


class Repeats(Struct, frozen=True):
    """What one place of the output sees along an axis that is padded with what stands in it.

    It sees ``window`` of the axis with ``before`` and ``after`` places more, which repeat others by ``mode``.
    """

    mode: str
    before: Dim
    after: Dim
    window: Window = Window()

    def source(self, place: int, n: int) -> int:
        """Which of n places a place of the padded axis repeats."""
        at = place - known_size(self.before)
        if self.mode == "circular":
            return at % n
        if self.mode == "reflect":
            return n - 1 - abs(n - 1 - abs(at))
        return min(max(at, 0), n - 1)


class Trace(Struct, frozen=True):
    """How a value goes through a layer, axis by axis, the channels among them.

    ``windows`` say for each axis of the input what one place of the output sees of it, ``None`` where that is no
    window; ``axes`` for each axis of the output which axis of the input it runs along, 0 being the first behind the
    batch, if along any.
    """

    windows: tuple[Window | None, ...]
    axes: tuple[int | None, ...]

    @property
    def whole(self) -> bool:
        """Whether what is seen is a window along each axis."""
        return None not in self.windows


def in_order(before: int, after: int, first: int, last: int) -> Trace:
    """How values in the same order go from ``before`` axes to ``after``; the first and last so many of them stay."""
    stay = Window()
    windows = (*(stay,) * first, *(None,) * (before - first - last), *(stay,) * last)
    return Trace(windows, (*range(first), *(None,) * (after - first - last), *range(before - last, before)))


def places(x: Shape) -> Shape:
    """The axes along which a receptive field is told: all but the channels, or the only one."""
    return x[1:] or x


def along_one(x: Shape, axis: int, window: Callable[[Dim], Window]) -> tuple[Window, ...]:
    """The windows of a kind that works along one axis, counted from the batch as 0, and leaves the others alone."""
    first = 2 if len(x) > 1 else 1
    return tuple(window(n) if place == axis else Window() for place, n in enumerate(places(x), first))


def written(number: Dim | float) -> str:
    """A size as a formula has it: ``9,216``, ``−3``, and ``?`` where it is not known."""
    if number is UNKNOWN:
        return "?"
    return f"{number:,}".replace("-", "−") if isinstance(number, int) else f"{number:.6g}".replace("-", "−")


def chain(*steps: str | Dim) -> str:
    """The steps of a computation with = between; one like the step before it, or below an unknown end, is left out."""
    texts = [step if isinstance(step, str) else written(step) for step in steps]
    if texts[-1] == "?":
        texts = [texts[0], "?"]
    return " = ".join(text for at, text in enumerate(texts) if at == 0 or text != texts[at - 1])


def product(shape: Shape) -> str:
    """``96 × 3 × 11 × 11``; 1 for no axes."""
    return " × ".join(map(written, shape)) or "1"


def at_most(code: str, of: str, left: tuple[str, Dim], right: tuple[str, Dim]) -> Line:
    """The comparison left ≤ right that the need of this code makes, each side as (how, value)."""
    holds = left[1] <= right[1]
    sign = "≤?" if holds is None else "≤" if holds else ">"
    return Line(of, f"{chain(*left)} {sign} {chain(*right)}", code=code)


def parted(code: str, of: str, whole: Dim, parts: Dim) -> Line:
    """The division without remainder that the need of this code asks for."""
    each, rest = floor_div(whole, parts), modulo(whole, parts)
    text = f"{written(whole)} = {written(parts)}·{written(each)}"
    return Line(of, text if rest == 0 else f"{text} + {written(rest)}", code=code)


def each_used(weight: Shape, positions: Shape, macs: Dim) -> Line:
    """MACs of a weight that is used once at each of some positions."""
    if not positions:
        return Line("MACs", chain(product(weight), macs), macs, "each weight is used once")
    text = f"{written(prod(weight))} weights × {product(positions)} positions"
    return Line("MACs", chain(text, macs), macs)
