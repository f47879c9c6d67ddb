"""The known word that another was probably meant to be."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable, Mapping
from functools import lru_cache
from operator import eq

from archcalc.diagnostics.model import Suggestion

LIKELY = 0.6
"""How alike a word and a known one must be to ask whether it was meant."""

SURE = 0.8
"""How alike they must be to read on as if it had been."""

MAX_COMPARED = 500
"""With how many words one is compared: of more, those that begin or end alike."""


def nearest(
    word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None, *, alike: float = LIKELY
) -> str | None:
    """The known word that ``word`` was probably meant to be, or ``None``.

    ``foreign`` maps other tools' words for the same thing onto ours, in lower case, and goes first.
    """
    names = tuple(known)
    spelt = word.strip().lower().replace("-", "_").replace(" ", "_")
    for form in (spelt, spelt.replace("_", "")):
        if foreign and foreign.get(form) in names:
            return foreign[form]
    return _near(spelt, names if len(names) <= MAX_COMPARED else _likely(spelt, names), alike)


@lru_cache(maxsize=512)
def _near(spelt: str, names: tuple[str, ...], alike: float) -> str | None:
    """As ``nearest``; a file that is checked with one edit after the other asks the same of its other words."""
    bare = {name.replace("_", "").lower(): name for name in names}
    plain = spelt.replace("_", "")
    if plain in bare:
        return bare[plain]
    swapped = [name for name in bare if len(name) == len(plain) and sorted(name) == sorted(plain)]
    if swapped:
        return bare[max(swapped, key=lambda name: sum(map(eq, name, plain)))]
    begun = [name for name in names if name.lower().startswith(f"{spelt}_")]
    if spelt and len(begun) == 1 and alike <= LIKELY:
        return begun[0]
    import difflib

    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(spelt[:100], lowered, n=1, cutoff=alike)
    return lowered[close[0]] if close else None


def _likely(spelt: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """Of many words those that have most in common with one, before a slip or behind it."""
    begun, ended = sorted(names), sorted(names, key=lambda name: name[::-1])
    some = MAX_COMPARED // 4
    at, back = bisect(begun, spelt), bisect(ended, spelt[::-1], key=lambda name: name[::-1])
    return (*begun[max(0, at - some) : at + some], *ended[max(0, back - some) : back + some])


def did_you_mean(word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> str:
    """``did you mean `x`?``, or an empty string where nothing known is near."""
    found = suggested(word, known, foreign)
    return found.text if found else ""


def suggested(word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> Suggestion | None:
    """As ``did_you_mean``, for a word that is a whole value; ``None`` where nothing known is near."""
    found = nearest(word, known, foreign)
    return Suggestion(f"did you mean `{found}`?", found) if found else None
