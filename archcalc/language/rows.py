"""Lists that names stand for, and their rows: the entry in a place, and what the names of a row stand for."""

from __future__ import annotations

from msgspec import Struct

from archcalc.language.arithmetic import Bound, ExprError
from archcalc.sizes.rules import PerRow, is_symbolic


class Row(Struct, frozen=True):
    """One row of a list: its names, in order, and what each of them stands for."""

    names: tuple[str, ...]
    values: tuple[Bound, ...]

    def value(self, name: str) -> Bound:
        """What a name stands for in it. Raises ExprError for one that it has not."""
        if name not in self.names:
            raise ExprError(f"the row has no `{name}`, only {', '.join(f'`{one}`' for one in self.names)}")
        return self.values[self.names.index(name)]


def entry_at(entries: object, place: object, *, from_end: bool = False) -> Bound:
    """The entry of a list in a place, from 0 on, or ``from_end``, where -1 is the last.

    Raises ExprError, and TypeError for a place that differs from row to row of a sweep.
    """
    if not isinstance(entries, tuple):
        raise ExprError("only a list has entries, `widths[index]`")
    if isinstance(place, PerRow):
        raise TypeError("a place in a list that differs from row to row")
    if is_symbolic(place):
        raise ExprError("it is another one for other sizes", undecided=True)
    at = place + len(entries) if from_end and isinstance(place, int) and place < 0 else place
    if type(at) is not int or not 0 <= at < len(entries):
        many = "1 entry" if len(entries) == 1 else f"{len(entries)} entries"
        raise ExprError(f"the list has {many}, counted from 0, and none is entry {place}")
    found: Bound = entries[at]
    return found
