"""What is done for a spec is bounded by the work that it takes, whatever work that is."""

from __future__ import annotations

import re

import pytest

from archcalc import check_text
from archcalc.diagnostics.budget import MOST, Budget
from archcalc.diagnostics.log import Log
from archcalc.network.elaborate import elaborate
from archcalc.spec.reader import read_spec
from tests.support.costly_specs import TOP, doubled


def spent(text: str) -> str:
    """What a check says that it was spent on, when that was too much."""
    (error,) = check_text(text).errors
    begins = f"this takes more than the {MOST:,} steps of work that a check may take: "
    assert error.code == "A317"
    assert error.message.startswith(begins)
    return error.message.removeprefix(begins)


@pytest.mark.parametrize("inner", ["{kind: relu, when: there}", "{kind: relu, repeat: 0}"])
@pytest.mark.parametrize("levels", [24, 60])
def test_blocks_of_nothing_are_counted(inner: str, levels: int) -> None:
    assert "entries and copies" in spent(doubled(levels, inner, "    args: {there: false}\n")).split(", ")[0] + ","


def test_a_use_that_is_replayed_counts_as_its_first() -> None:
    report = check_text(doubled(12, "{kind: relu, when: there}", "    args: {there: false}\n"))
    assert report.ok
    assert [layer.kind for layer in report.layers] == ["relu"]


def test_as_many_layers_as_may_be_are_found_in_blocks() -> None:
    report = check_text(doubled(15, "{kind: relu}"))
    assert report.ok
    assert len(report.layers) == 2**14 + 1
    assert "layers" in spent(doubled(16, "{kind: relu}"))


def test_copies_in_a_row_are_counted_as_layers() -> None:
    said = spent("archcalc: 1\nname: N\ninput: [3]\nlayers: [{kind: relu, repeat: 25000}]\n")
    assert re.match(r"[\d,]+ for [\d,]+ layers, ", said)


def test_a_chain_whose_fraction_doubles_is_refused_where_it_grows_long() -> None:
    lets = "".join(f"  v{place}: v{place - 1}*v{place - 1}\n" for place in range(1, 30))
    report = check_text(f"{TOP}let:\n  v0: 0.1\n{lets}layers:\n  - {{kind: dropout, p: v29}}\n")
    (error,) = report.errors
    assert error.code == "A116"
    assert error.message == "`v6*v6` cannot be computed: its fraction has more than 100 digits"
    assert error.span is not None
    assert error.span.line == 12


def test_wherever_the_work_ends_it_is_said_at_what_it_was_for() -> None:
    rows = ["{kind: conv3d, out_channels: 1, kernel_size: 1}", "{kind: b}", "{kind: sigmoid}"]
    text = f"{TOP}blocks:\n  b: {{layers: [{{kind: relu}}]}}\nlayers:\n" + "".join(f"  - {row}\n" for row in rows)
    spec = read_spec(text, Log("<text>"))
    assert spec is not None
    where = []
    for most in range(1000):
        log = Log("<text>", budget=Budget(most))
        elaborate(spec, {}, None, log)
        if not log.found:
            break
        (error,) = log.found
        assert error.code == "A317"
        where.append(text.splitlines()[error.span.line - 1] if error.span is not None else "nowhere")
    assert [line.strip(" -") for line in dict.fromkeys(where)] == [
        rows[0],
        rows[1],
        "b: {layers: [{kind: relu}]}",
        rows[2],
    ]
