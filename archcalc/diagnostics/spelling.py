"""The known word that another was probably meant to be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from archcalc.diagnostics.model import Suggestion

LIKELY = 0.6
"""How alike a word and a known one must be to ask whether it was meant."""

SURE = 0.8
"""How alike they must be to read on as if it had been."""

MAX_COMPARED = 500
"""With how many words one is compared letter by letter: of more, those that begin alike and are about as long."""


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
    return _near(spelt, names, alike)


@lru_cache(maxsize=512)
def _near(spelt: str, names: tuple[str, ...], alike: float) -> str | None:
    """As ``nearest``; a file that is checked with one edit after the other asks the same of its other words."""
    bare = {name.replace("_", "").lower(): name for name in names}
    if spelt.replace("_", "") in bare:
        return bare[spelt.replace("_", "")]
    letters = {"".join(sorted(name)): name for name in bare}
    swapped = "".join(sorted(spelt.replace("_", "")))
    if swapped in letters:
        return bare[letters[swapped]]
    begun = [name for name in names if name.lower().startswith(f"{spelt}_")]
    if spelt and len(begun) == 1 and alike <= LIKELY:
        return begun[0]
    import difflib

    lowered = {name.lower(): name for name in names}
    if len(lowered) > MAX_COMPARED:
        likely = sorted(lowered, key=lambda name: (name[:1] != spelt[:1], abs(len(name) - len(spelt))))
        lowered = {name: lowered[name] for name in likely[:MAX_COMPARED]}
    close = difflib.get_close_matches(spelt[:100], lowered, n=1, cutoff=alike)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> str:
    """``did you mean `x`?``, or an empty string where nothing known is near."""
    found = suggested(word, known, foreign)
    return found.text if found else ""


def suggested(word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> Suggestion | None:
    """As ``did_you_mean``, for a word that is a whole value; ``None`` where nothing known is near."""
    found = nearest(word, known, foreign)
    return Suggestion(f"did you mean `{found}`?", found) if found else None
