"""What a layer asks of its input, and of the number of samples."""

import re
from collections.abc import Callable, Iterator

from msgspec import Struct

from archcalc.sizes.axes import axis_at
from archcalc.sizes.rules import Dim, Shape, Truth, ceil_div

_ONE = r"(?<![\w,.])1 arrive\b"
_ONE_OF = r"(?<![\w,.])1 (channel|feature|pixel|row|position|place|expert)s\b(, which do not)?"


def _one_of(found: re.Match[str]) -> str:
    return f"1 {found[1]}" + ", which does not" * bool(found[2])


class Sentence(Struct, frozen=True):
    """How a need fails, as data: a text, and the sizes that stand in its braces. Called, it says it."""

    text: str
    sizes: tuple[object, ...]

    def __call__(self) -> str:
        return re.sub(_ONE_OF, _one_of, re.sub(_ONE, "1 arrives", self.text.format(*self.sizes)))


def says(text: str, *sizes: object) -> Sentence:
    """A sentence of these sizes: ``says("pads by {}, more than half its kernel of {}", p, k)``."""
    return Sentence(text, sizes)


class Need(Struct, frozen=True):
    """A condition that a layer's input must meet.

    ``holds`` is true, false, undecided (``None``), or a relation or array of these where sizes are
    symbols or arrays. ``why`` says, when called, how it fails. ``field`` is the field at fault.
    ``fix`` proposes values for fields that may satisfy it; whoever prints one tries it first. ``help`` says
    in words what else to do.
    ``beyond_torch`` marks the few that torch does not have, or not always.
    """

    holds: Truth
    code: str
    why: Callable[[], str]
    field: str | None = None
    fix: dict[str, object] | None = None
    beyond_torch: bool = False
    help: tuple[str, ...] = ()


class BatchNeed(Struct, frozen=True):
    """A condition on the number of samples N, which no spec states: N · ``each`` is ``least`` or more.

    ``each`` is how many of the counted values one sample holds. ``only_in_training`` says that evaluation takes any N.
    ``why`` says, when called, what one sample has too little of; ``code`` which error that would be without a batch.
    """

    each: Dim
    least: int
    only_in_training: bool
    code: str
    why: Callable[[], str]

    @property
    def met_by_one(self) -> Truth:
        """Whether a single sample is enough, so that any batch is."""
        return self.each >= self.least

    @property
    def samples(self) -> Dim:
        """The least N."""
        return ceil_div(self.least, self.each)


def axis_needs(dim: int, x: Shape, field: str) -> Iterator[Need]:
    """That the input has the axis of this number, the batch being 0."""
    axes = len(x) + 1
    yield Need(
        0 <= axis_at(dim, x) < axes,
        "A209",
        lambda: f"has no axis {dim}: with the batch there are {axes} axes, 0 to {axes - 1}",
        field,
    )


def disagreement(name: str, stated: Dim, arriving: Dim) -> Sentence:
    """What is said of a field that states another size than arrives."""
    what = name.removeprefix("in_").removeprefix("num_")
    if what in ("channels", "features"):
        return says("takes {:,} {}, but {:,} arrive", stated, what, arriving)
    article = "an" if name[0] in "aeiou" else "a"
    return says(f"has {article} `{{}}` of {{:,}}, but {{:,}} arrive", name, stated, arriving)
