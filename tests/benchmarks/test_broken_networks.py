"""The judge of repairs of networks with blocks: it lets a good one pass, and notices one that is not."""

from __future__ import annotations

import sys
from functools import cache
from itertools import islice
from pathlib import Path

import pytest

from archcalc import Report
from archcalc.pipeline import check_text, find_fixes

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from broken_networks import broken, refused, wrong_with


@cache
def wrong(count: int) -> list[Report]:
    """The first of the networks that a change makes wrong."""
    return list(islice(filter(None, map(broken, range(100))), count))


@pytest.mark.parametrize("number", range(3))
def test_what_is_listed_passes(number: int) -> None:
    from broken_networks import mended_by

    report = wrong(3)[number]
    for fix in find_fixes(report)[:5]:
        assert list(wrong_with(report, fix, mended_by(report, fix))) == []


def test_an_edit_that_is_not_made_is_noticed() -> None:
    report = wrong(3)[0]
    fix = find_fixes(report)[0]
    found = list(wrong_with(report, fix, report))
    assert any("0 places changed" in why for why in found)
    assert "the error is still there" in found


def test_another_change_beside_the_edit_is_noticed() -> None:
    from broken_networks import mended_by

    report = wrong(3)[0]
    fix = find_fixes(report)[0]
    mended = mended_by(report, fix)
    other = check_text(mended.text.replace("name: Drawn", "name: Other"), preset=report.preset)
    assert any("does not say" in why or "places changed" in why for why in wrong_with(report, fix, other))


def test_a_network_that_torch_refuses_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.layers.contract import KINDS

    text = "archcalc: 1\nname: N\ninput: [3, 4, 4]\nlayers:\n- {kind: conv2d, out_channels: 2, kernel_size: 5}\n"
    monkeypatch.setattr(KINDS["conv2d"], "needs", lambda self, *xs: iter(()))
    monkeypatch.setattr(KINDS["conv2d"], "out", lambda self, *xs: (2, 1, 1))
    report = check_text(text)
    assert report.ok
    assert any("torch refuses" in why for why in refused(report))
