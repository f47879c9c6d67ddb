"""What is looked at is counted wherever it is done."""

from __future__ import annotations

import pytest

from archcalc.analysis.axis_ways import Way
from archcalc.analysis.seen_places import places_seen
from archcalc.layers.working import Window
from archcalc.sizes import looked
from archcalc.sizes.looked import TooLong, one_question


def test_places_that_are_followed_one_by_one_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Upsampling by 3 and pooling by 2 in turn, twelve times, took a minute of this, uncounted."""
    way = Way(1000, 998, window=Window(3, 1, 0))
    monkeypatch.setattr(looked, "MAX_LOOKED", 5 * (1000 + 3 * 998))
    with one_question():
        places_seen(frozenset(range(998)), way, True)
        with pytest.raises(TooLong):
            places_seen(frozenset(range(998)), way, True)
