"""What stands in one place of all uses of a block that have one form: a figure of it says both of its strides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from archcalc.network.graph import Place
from archcalc.pictures.draft import Draft


def counterparts(drafts: Iterable[Draft]) -> dict[Place, list[Place]]:
    """By each layer of the first block of a form, the layers in its place in all blocks of that form, itself first.

    It is the first that is drawn for the others. Of copies that are folded the first one counts. Where the uses repeat
    blocks unlike, what is in these has none.
    """
    uses: dict[int, list[Draft]] = {}
    for draft in _all(drafts):
        if draft.form:
            uses.setdefault(draft.form, []).append(draft)
    found: dict[Place, list[Place]] = {}
    for alike in uses.values():
        for places in _side_by_side(alike):
            # A block within others has more like it than these.
            found[places[0]] = max(found.get(places[0], []), places, key=len)
    return {place: places for place, places in found.items() if len(places) > 1}


def _all(drafts: Iterable[Draft]) -> Iterator[Draft]:
    for draft in drafts:
        yield draft
        yield from _all(draft.parts)


def _side_by_side(alike: Sequence[Draft]) -> Iterator[list[Place]]:
    if all(draft.places for draft in alike):
        yield [draft.places[0] for draft in alike]
    elif len({len(draft.parts) for draft in alike}) == 1:
        for parts in zip(*(draft.parts for draft in alike), strict=True):
            yield from _side_by_side(parts)
