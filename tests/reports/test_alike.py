"""Rows that are folded say what the rows said: nothing is lost, and nothing is added."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from archcalc.reports.alike import folded


def written_out(path: str) -> set[str]:
    """The names that a folded one stands for."""
    choices = []
    for part in path.split("."):
        base, _, last = part.rpartition("_")
        base += "_" if base else ""
        numbers = []
        for run in last.split(","):
            first, _, until = run.partition("…")
            numbers += [*map(str, range(int(first), int(until) + 1))] if until else [run]
        choices.append([base + number for number in numbers])
    return {".".join(parts) for parts in product(*choices)}


PARTS = st.one_of(st.integers(0, 12).map(str), st.sampled_from(["h", "conv1", "conv2", "ln_1", "ln_2", "layer_10"]))
ROWS = st.tuples(st.lists(PARTS, min_size=1, max_size=4).map(".".join), st.sampled_from("ab"))


@given(st.lists(ROWS, max_size=30))
def test_folded_rows_stand_for_what_was_there(rows: list[tuple[str, ...]]) -> None:
    found = folded(rows)
    assert {(name, told) for path, told in found for name in written_out(path)} == {*rows}
    assert len(found) <= len({*rows})


def test_copies_are_one_row_where_the_first_stood() -> None:
    blocks = [(f"s.{stage}.{block}.{name}", "p") for stage in (0, 1) for block in (0, 1, 2) for name in ("a", "b")]
    assert folded([*blocks, ("s.1.3.a", "p"), ("end", "p"), ("s.1.5.a", "q")]) == [
        ("s.0.0…2.a", "p"),
        ("s.0…1.0…2.b", "p"),
        ("s.1.0…3.a", "p"),
        ("end", "p"),
        ("s.1.5.a", "q"),
    ]


def test_names_that_only_look_alike_are_kept() -> None:
    rows = [("conv1", ""), ("conv2", ""), ("b.01", ""), ("b.02", ""), ("layer_1", ""), ("layer_2", ""), ("layer_4", "")]
    assert folded(rows) == [*rows[:4], ("layer_1…2,4", "")]
