"""Sets of sizes as JSON and as text."""

from __future__ import annotations

import json
import re
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import archcalc
import archcalc.sizes.set_notation as rules
from archcalc.analysis.legal_inputs import legal, pinned
from archcalc.sizes.listed_sets import sizes_json
from archcalc.sizes.periodic import SizeSet
from archcalc.sizes.set_notation import SHOWN, sizes_text

FAR = 2_000


@st.composite
def sets(draw: st.DrawFn) -> SizeSet:
    """A set of sizes, its period and start often longer than they need be."""
    beginning = draw(st.lists(st.booleans(), max_size=40))
    pattern = draw(st.lists(st.booleans(), min_size=1, max_size=12)) * draw(st.integers(1, 4))
    doubled = pattern * draw(st.integers(1, 3))
    return SizeSet("H", tuple(beginning + doubled), len(beginning) + len(doubled) - len(pattern) + 1, len(pattern))


def members(entries: list[Any]) -> list[int]:
    """The sizes up to FAR that a JSON list stands for, as often as it names them."""
    found: list[int] = []
    for entry in entries:
        if isinstance(entry, dict):
            assert entry.keys() == {"from", "step"}
            found += range(entry["from"], FAR + 1, entry["step"])
        else:
            first, last = entry
            found += range(first, (FAR if last is None else last) + 1)
    return found


@given(sets())
def test_a_set_is_rebuilt_from_its_json(where: SizeSet) -> None:
    rebuilt = members(json.loads(json.dumps(sizes_json(where))))
    assert sorted(rebuilt) == [n for n in range(1, FAR + 1) if n in where]


@given(sets())
def test_the_simplest_form_is_the_same_set_and_no_shorter_one_is(where: SizeSet) -> None:
    simple = where.simplest()
    assert [n in simple for n in range(1, FAR)] == [n in where for n in range(1, FAR)]
    assert len(simple.holds) <= len(where.holds)
    assert simple == simple.simplest()


def _set(*sizes: int, period: int = 0, start: int = 1) -> SizeSet:
    """The given sizes, the last of them again and again where a period is given."""
    end = start + period - 1 if period else max(sizes, default=0) + 1
    return SizeSet("H", tuple(n in sizes for n in range(1, end + 1)), start if period else end, period or 1)


def _every(step: int, first: int) -> dict[str, int]:
    return {"from": first, "step": step}


@pytest.mark.parametrize(
    ("where", "entries", "text"),
    [
        (_set(), [], "none"),
        (SizeSet.everywhere("H"), [[1, None]], "any"),
        (SizeSet("H", (False, True), 2, 1), [[2, None]], "≥ 2"),
        (_set(*range(227, 259)), [[227, 258]], "227…258"),
        (_set(227), [[227, 227]], "227"),
        (_set(1, 3, 4, 5), [[1, 1], [3, 5]], "1, 3…5"),
        (SizeSet("H", (True, False, True, True), 4, 1), [[1, 1], [3, None]], "1, ≥ 3"),
        (_set(1, 2, 9), [[1, 2], [9, 9]], "1, 2, 9"),
        (_set(*range(32, 513, 32)), [[n, n] for n in range(32, 513, 32)], "32, 64, …, 512"),
        (_set(1, period=2), [_every(2, 1)], "odd sizes"),
        (_set(2, period=2), [_every(2, 2)], "even sizes"),
        (_set(5, period=2, start=4), [_every(2, 5)], "odd sizes from 5 on"),
        (_set(32, period=32), [_every(32, 32)], "multiples of 32"),
        (_set(64, period=32, start=33), [_every(32, 64)], "multiples of 32 from 64 on"),
        (_set(31, period=32), [_every(32, 31)], "1 less than multiples of 32"),
        (_set(63, period=32, start=32), [_every(32, 63)], "1 less than multiples of 32, from 63 on"),
        (_set(5, 63, period=32, start=32), [[5, 5], _every(32, 63)], "5, then 1 less than multiples of 32, from 63 on"),
        (_set(5, period=16), [_every(16, 5)], "5 more than multiples of 16, from 5 on"),
        (_set(26, 28, 30, 32, period=32), [_every(32, n) for n in (26, 28, 30, 32)],
         "multiples of 32, and 2, 4 or 6 less"),
        (_set(*range(32, 48), period=32, start=17), [_every(32, n) for n in range(32, 48)],
         "multiples of 32, and 1…15 more, from 32 on"),
        (_set(4, 5, period=4, start=2), [_every(4, 4), _every(4, 5)], "multiples of 4, and 1 more, from 4 on"),
        (_set(3, 4, 5, period=4, start=2), [_every(4, n) for n in (3, 4, 5)],
         "multiples of 4, and 1 less or 1 more, from 3 on"),
        (_set(2, 4, 5, period=4, start=2), [_every(4, n) for n in (2, 4, 5)],
         "multiples of 4, and 1 or 2 more, from 2 on"),
    ],
)  # fmt: skip
def test_how_a_set_is_said(where: SizeSet, entries: list[Any], text: str) -> None:
    assert sizes_json(where) == entries
    assert sizes_text(where) == text


# The text, read back by somebody who knows English and nothing of how it was written

ITEM = r"(?:\d+(?:…\d+)?|\d+, \d+, …, \d+)"
ITEMS = rf"{ITEM}(?:(?:, | or ){ITEM})*"


SIDES = rf"{ITEMS} (?:less|more)(?: or {ITEMS} more)?"


def _numbers(items: str) -> set[int]:
    """The numbers of a list such as ``1, 3…5 or 9``."""
    found: set[int] = set()
    for one, other, last in re.findall(r"(\d+), (\d+), …, (\d+)", items):
        found |= {*range(int(one), int(last) + 1, int(other) - int(one))}
    for first, last in re.findall(r"(\d+)(?:…(\d+))?", re.sub(r"\d+, \d+, …, \d+", "", items)):
        found |= {*range(int(first), int(last or first) + 1)}
    return found


def _follows(rule: str, n: int) -> bool:
    """Whether a size follows a rule such as ``1 or 3 less than multiples of 8, from 13 on``."""
    rule, _, start = rule.removesuffix(" on").partition(" from ")
    rule = rule.rstrip(",")
    if start and n < int(start):
        return False
    if rule in ("odd sizes", "even sizes"):
        return n % 2 == (rule == "odd sizes")
    (step,) = map(int, re.findall(r"multiples of (\d+)", rule))
    beside = rule.replace(f"multiples of {step}", "")
    # Whoever does not read "from" must not have to ask whether 0 is a multiple.
    assert start or "more" not in rule, rule
    assert re.fullmatch(rf"(, and {SIDES})?|{SIDES} than ", beside), beside
    offsets = {0} if rule.startswith("multiples") else set()
    for items, word in re.findall(rf"({ITEMS}) (less|more)", beside):
        offsets |= {number if word == "more" else -number for number in _numbers(items)}
    return any((n - offset) % step == 0 for offset in offsets)


def read(text: str) -> set[int]:
    """The sizes up to FAR that a text stands for."""
    if text in ("none", "any"):
        return {*range(1, FAR + 1)} if text == "any" else set()
    listed, _, rule = text.rpartition("then ") if "then " in text else ("", "", text)
    if re.fullmatch(rf"{ITEMS}|(?:{ITEMS}, )?≥ \d+", rule):
        listed, rule = rule, ""
    listed, _, least = listed.removesuffix(", ").partition("≥ ")
    assert not listed or re.fullmatch(rf"{ITEMS}(?:, )?", listed), listed
    found = _numbers(listed) | ({*range(int(least), FAR + 1)} if least else set())
    return found | {n for n in range(1, FAR + 1) if rule and _follows(rule, n)}


def check_text(where: SizeSet, stated: int) -> None:
    text, held = sizes_text(where, stated), {n for n in range(1, FAR + 1) if n in where}
    if ", … (" not in text:
        assert read(text) == held, text
        return
    # Cut is only what has too many stretches to be listed, and then it says so and names the one that is stated.
    shown, _, counted = text.partition(", … (")
    assert _numbers(shown) == {n for n in held if n <= max(_numbers(shown))}, text
    assert (f"; {stated} is one of them)" in counted) == (stated in held), text
    assert sum(b > a + 1 for a, b in pairwise(sorted(held))) >= SHOWN, text
    count, _, rest = counted.partition(" ")
    every = re.match(r"of every (\d+) sizes", rest)
    far = where.start + 2_000 * (not every)
    assert int(count) == sum(n in where for n in (range(far, far + int(every[1])) if every else range(1, far))), text


@given(sets(), st.integers(1, FAR))
def test_a_text_says_the_whole_set(where: SizeSet, stated: int) -> None:
    check_text(where, stated)


@st.composite
def many(draw: st.DrawFn) -> SizeSet:
    """Sets of long periods and beginnings, of few sizes or of many."""
    period, start = draw(st.integers(1, 200)), draw(st.integers(1, 120))
    residues = draw(st.sets(st.integers(0, period - 1), max_size=draw(st.sampled_from((2, 6, 200)))))
    beginning = draw(st.sets(st.integers(1, start), max_size=draw(st.sampled_from((0, 3, 120)))))
    holds = [n in beginning if n < start else n % period in residues for n in range(1, start + period)]
    return SizeSet("H", tuple(holds), start, period)


@given(many(), st.integers(1, FAR))
def test_a_text_of_a_long_period_says_the_whole_set(where: SizeSet, stated: int) -> None:
    check_text(where, stated)


@pytest.mark.parametrize(
    ("name", "broken"),
    [
        ("_listed", lambda runs: [str(first) for first, _ in runs]),
        ("stretches", lambda where, sizes: [(n, n) for n in sizes if n in where][:SHOWN]),
        ("_rule", lambda where: (f"multiples of {where.period}", where.period)),
        ("_cut", lambda where, stated: "1, … (1 sizes)"),
    ],
)  # fmt: skip
def test_a_text_that_says_something_else_is_found(name: str, broken: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, name, broken)
    wheres = [
        _set(1, 2, 9),
        _set(5, 63, period=32, start=32),
        _set(*range(2, 60, 3), 61),
        _set(3, 4, 5),
    ]

    def differs(where: SizeSet) -> bool:
        try:
            check_text(where, 1)
        except (AssertionError, ValueError, TypeError):
            return True
        return False

    assert any(map(differs, wheres))


# The network: a stem of six pixels, then maps at strides of 8, 16 and 32 that are enlarged and joined


def yolo_like(stem: str) -> str:
    """A backbone of halving convolutions as YOLOv5 has them, and a neck that joins its maps at three strides."""
    rows = [f"{{name: p1, {stem}}}"]
    rows += [
        f"{{name: p{at}, kind: conv2d, out_channels: 4, kernel_size: 3, stride: 2, padding: 1}}" for at in range(2, 6)
    ]
    for below, beside in (("p5", "p4"), ("up4", "p3")):
        name = f"up{beside[1]}"
        rows.append(f"{{name: {name}_enlarged, kind: upsample, scale_factor: 2, from: {below}}}")
        rows.append(f"{{name: {name}, kind: concat, from: [{name}_enlarged, {beside}]}}")
    return "archcalc: 1\nname: YoloLike\ninput: [3, 640, 640]\nlayers:\n" + "".join(f"  - {row}\n" for row in rows)


@pytest.mark.parametrize(
    ("stem", "said"),
    [
        ("kind: conv2d, out_channels: 4, kernel_size: 6, stride: 2, padding: 2",
         "multiples of 32, and 1…6 less or 1 more, from 26 on"),
        ("kind: pixel_unshuffle, downscale_factor: 2", "multiples of 32, and 2, 4 or 6 less"),
    ],
)  # fmt: skip
def test_every_legal_size_of_a_network_of_several_strides_is_in_its_text(stem: str, said: str) -> None:
    report = archcalc.check_text(yolo_like(stem))
    assert report.facts is not None, report.diagnostics
    found = legal(pinned(report.facts))
    assert found is not None
    where = found.axes["H"]
    assert 640 in where
    text = sizes_text(where, 640)
    assert text == said
    assert read(text) == {n for n in range(1, FAR + 1) if n in where}
