"""What practitioners do first: the order of edits, and which are not printed because nobody makes them.

The order was proposed from questions that people asked in public (``tests/field``), and held to those left out of it.
An edit is of the first practice below that it is made for. Among edits of one practice, those that change least stand
first. What nobody does is not in a help, and stands behind everything else in the list of ``archcalc fix``.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from archcalc.layers.contract import Layer
from archcalc.sizes.axes import per_axis
from archcalc.sizes.rules import Shape, is_known, known_size


class Practice(Enum):
    """Why somebody makes an edit, those made first above. Below ``WINDOW`` stands what nobody does."""

    SLIP = "nothing else can have been meant: the batch in the input, channels last, a flatten left out"
    TURNED = "a size that is stated stands at the other end: channels last for first, or first for last"
    MEAN = "an average over a window in front of the head was meant to be that of the map, whatever its size"
    INPUT = "a network is made for sizes of its input, and any other one is what was changed last"
    PADDING = "a conv padded by up to half its kernel keeps the map's size, and no weight changes"
    ONE_PIXEL = "rounding up loses no pixel and no weight: `ceil_mode`, or an `output_padding` below the stride"
    UNDONE = "a map is made as large again as the one above that was halved, of which a factor misses a pixel"
    ALIKE = "one layer lacks what all layers like it say: a stride, or a padding"
    FORGOTTEN = "behind a map made larger, a skip as large that makes up the channels stated was to be concatenated"
    STATED = "a size that is stated and also arrives was written for another network, or before a change"
    UNUSUAL = "of a size that everybody feeds to one that nobody does: the layers were meant otherwise"
    ADAPTIVE = "an adaptive pool gives what a linear layer takes, whatever arrives"
    SKIP = "where branches meet, one strides as the other does, or is concatenated, cut, resized or projected"
    LEFT_OUT = "one pool, permute or flatten too many or too few, of a network made for other sizes"
    FORM = "a window as everybody has it: 1/1/0, 3/1/1, 3/2/1, 2/2/0, 4/2/1 for kernel, stride and padding"
    REFITTED = "what is added is cut or resized only where no layer above keeps, or gives, the size of the other"
    AT_ERROR = "the field that the error points at, where none of the above says what it should be"
    CHANNELS = "channels given by a layer above, or a named size: it changes weights elsewhere"
    ALONG = "a linear layer over the last axis of a map, its width: what was meant is the map flattened, or pooled"
    INPUT_CHANNELS = "the channels of the input are those of the data"
    WINDOW = "another window that keeps to what is usual"

    WIDTH = "where channels stand first, the width of a map is no number of features"
    TINY = "nobody feeds a picture of less than a quarter of the height and width that are stated"
    AS_LARGE = "where the source has a map that is as large as the input, it means the input that is stated"
    LENGTHENED = "nobody makes one side of a sample four times as long, and leaves the others"
    UNPOINTED = "an input of 1 × 1 is a vector, and stays one"
    UNSQUARE = "an input that was square stays square"
    OVERPADDED = "padding of more than half of what a kernel reaches over, or of a pool by 2, makes pixels of nothing"
    DILATED = "nobody dilates a conv only to make sizes fit, nor one of a single pixel"
    SKIPPING = "a stride above the kernel leaves pixels unseen, but for one of 2 in a shortcut"
    DENSE = "a depthwise conv without its groups has as many times the weights as channels"
    RESCALED = "a picture is made as many times larger as is asked for, whatever channels that takes"
    PATCHES = "patches that lie side by side are cut from the picture as it is, and not from its border"
    SINGLE = "a group norm of single channels is an instance norm"
    IDLE = "a pool of single pixels does nothing: leave it out instead"
    EMPTY = "a pool is rounded up for pixels left over, not to see half a window, nor to average less than its own"
    STRETCHED = "a kernel of more than twice the size is another layer, and an even one shifts the map by half a pixel"

    @property
    def rank(self) -> int:
        """Where it stands in this table."""
        return _RANKS[self]

    @property
    def is_printed(self) -> bool:
        """Whether a help names such an edit."""
        return self.rank <= _RANKS[Practice.WINDOW]


USUAL = (28, 84, 105, 227, 299, 300, 331, 600, 800)
"""The sides of pictures that data have, or that published networks are fed, besides the multiples of ``ROUND``."""

MOST_LONGER = 4
"""How many times as long one side of a sample may become, and the others stay."""

ROUND = 16

SHORTCUT = 2
"""The stride of a 1 × 1 conv in the shortcut of a residual block, which everybody has."""

FACTORS = ("upscale_factor", "downscale_factor")
"""How many times larger, or smaller, pixels are shuffled."""

_RANKS = {practice: rank for rank, practice in enumerate(Practice)}


def of_fields(old: Layer, new: Layer, xs: tuple[Shape, ...], *, at_error: bool) -> Practice:
    """The practice of giving a layer other fields; ``at_error`` says that the error points at one of them."""
    unmade = next(_unmade(old, new, xs), None)
    if unmade is not None:
        return unmade
    fields = {name for name in old.__struct_fields__ if getattr(old, name) != getattr(new, name)}
    if at_error:
        return of_stated(old, xs) if fields & old.infers(*xs).keys() else Practice.AT_ERROR
    if fields <= {"ceil_mode", "output_padding"}:
        return Practice.ONE_PIXEL
    padding = _largest(new, "padding")
    if fields == {"padding"} and "pool" not in new.kind:
        more = padding > _largest(old, "padding") and _largest(new, "dilation") < 2
        keeps = getattr(new, "padding", None) == "same" or padding == half_of_reach(new)
        return Practice.PADDING if more or keeps else Practice.WINDOW
    if fields & {"out_channels", "out_features", "in_channels", "groups", "num_features"}:
        return Practice.CHANNELS
    return Practice.WINDOW


def of_stated(layer: Layer, xs: tuple[Shape, ...]) -> Practice:
    """The practice of stating the size that arrives at a layer."""
    along = layer.kind == "linear" and len(xs) == 1 and len(xs[0]) > 2
    return Practice.ALONG if along else Practice.STATED


def of_input(old: Shape, new: Shape) -> Practice:
    """The practice of giving the input other sizes."""
    if len(old) == len(new) and old[0] != new[0] and len(old) > 1:
        return Practice.INPUT_CHANNELS
    if len(old) == len(new) >= 3 and old[-1] == old[-2] and new[-1] != new[-2]:
        return Practice.UNSQUARE
    if len(old) == len(new) > 1 and all(size == 1 for size in old[1:]):
        return Practice.UNPOINTED
    places = zip(old[1:], new[1:], strict=False)
    small = len(old) == len(new) and any(is_known(a, b) and known_size(b) < least_fed(known_size(a)) for a, b in places)
    if small:
        return Practice.TINY
    longer = [axis for axis, (a, b) in enumerate(zip(old, new, strict=False)) if is_known(a, b) and a != b]
    if (
        len(old) == len(new) >= 3
        and len(longer) == 1
        and known_size(new[longer[0]]) > MOST_LONGER * known_size(old[longer[0]])
    ):
        return Practice.LENGTHENED
    square = len(old) == len(new) >= 3 and is_known(*old[1:], *new[1:])
    unusual = square and all(map(is_usual, old[1:])) and not any(map(is_usual, new[1:]))
    return Practice.UNUSUAL if unusual else Practice.INPUT


def is_usual(side: object) -> bool:
    """Whether it is a height or width that pictures have, or networks are fed."""
    return isinstance(side, int) and (side in USUAL or side % ROUND == 0)


def least_fed(size: int) -> int:
    """The smallest height or width that somebody feeds where so many pixels are stated."""
    return -(-size // 4)


def is_depthwise(layer: Layer, x: Shape) -> bool:
    """Whether each channel that arrives has a kernel of its own."""
    groups = getattr(layer, "groups", 1)
    return bool(groups != 1 and x and groups == x[0])


def _unmade(old: Layer, new: Layer, xs: tuple[Shape, ...]) -> Iterator[Practice]:
    """What nobody does, of what makes one layer another."""
    if any(getattr(old, name, None) != getattr(new, name, None) for name in FACTORS):
        yield Practice.RESCALED
    kernel, was = _largest(new, "kernel_size"), _largest(old, "kernel_size")
    pool = "pool" in new.kind
    if kernel:
        if _overpadding(new) > max(_overpadding(old), 0) or (pool and _pads_even(new) and not _pads_even(old)):
            yield Practice.OVERPADDED
        if _largest(new, "stride") > max(kernel, _largest(old, "stride"), SHORTCUT):
            yield Practice.SKIPPING
        if 1 < kernel <= _largest(new, "stride") and _largest(new, "padding") > _largest(old, "padding") == 0:
            yield Practice.PATCHES
        if pool and (kernel == 1 < was or (kernel > 1 and all(size == 1 for size in xs[0][1:]) and len(xs[0]) > 1)):
            yield Practice.IDLE
        if pool and getattr(old, "ceil_mode", None) is False and getattr(new, "ceil_mode", None) is True:
            least = min((size for size in xs[0][1:] if isinstance(size, int)), default=kernel)
            if kernel > (least if new.kind.startswith("avg") else 2 * least):
                yield Practice.EMPTY
        if kernel > 2 * was or (was % 2 and not kernel % 2 and not pool):
            yield Practice.STRETCHED
    if _largest(old, "dilation") == 1 < _largest(new, "dilation") or (
        kernel == 1 < was and _largest(old, "dilation") > 1
    ):
        yield Practice.DILATED
    groups = getattr(new, "num_groups", None)
    if groups is not None and groups != getattr(old, "num_groups", None) and xs and xs[0][:1] == (groups,) != (1,):
        yield Practice.SINGLE
    if is_depthwise(old, xs[0] if xs else ()) and getattr(new, "groups", 1) < getattr(old, "groups", 1):
        yield Practice.DENSE


def _overpadding(layer: Layer) -> int:
    """How much more it is padded than keeps a map's size."""
    return _largest(layer, "padding") - half_of_reach(layer)


def _pads_even(layer: Layer) -> bool:
    return _largest(layer, "padding") > 0 and _largest(layer, "kernel_size") % 2 == 0


def half_of_reach(layer: Layer) -> int:
    """The padding of a window that keeps a map's size at stride 1: half of what it reaches over, dilated as it is."""
    kernel, dilation = _largest(layer, "kernel_size"), max(_largest(layer, "dilation"), 1)
    return (dilation * (kernel - 1) + 1) // 2


def _largest(layer: Layer, name: str) -> int:
    value = getattr(layer, name, None)
    sizes = per_axis(value, layer.axes) if isinstance(value, int | tuple) else ()
    return max((size for size in sizes if isinstance(size, int)), default=0)
