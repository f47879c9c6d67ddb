"""What is read of a spec is bounded by the work that it takes, and not by the layers that come of it."""

from __future__ import annotations

import pytest

from archcalc import check_text

TOP = "archcalc: 1\nname: Deep\ninput: [3, 8, 8]\n"


def doubled(levels: int, inner: str) -> str:
    """A block of one entry, in a block that uses it twice, in a block that uses that twice, and so on."""
    first = f"  b0:\n    args: {{there: false}}\n    layers:\n      - {inner}\n"
    blocks = "".join(
        f"  b{level}:\n    layers:\n      - {{kind: b{level - 1}}}\n      - {{kind: b{level - 1}}}\n"
        for level in range(1, levels)
    )
    return f"{TOP}blocks:\n{first}{blocks}layers:\n  - {{kind: b{levels - 1}}}\n  - {{kind: relu}}\n"


@pytest.mark.parametrize("inner", ["{kind: relu, when: there}", "{kind: relu, repeat: 0}"])
@pytest.mark.parametrize("levels", [24, 60])
def test_blocks_of_nothing_are_counted(inner: str, levels: int) -> None:
    (fault,) = check_text(doubled(levels, inner)).errors
    assert fault.code == "A317"
    assert fault.message == "more than 400,000 entries would have to be read"


def test_a_use_that_is_replayed_counts_as_its_first() -> None:
    report = check_text(doubled(12, "{kind: relu, when: there}"))
    assert report.ok
    assert [layer.kind for layer in report.layers] == ["relu"]


def test_as_many_layers_as_may_be_are_found_in_blocks() -> None:
    report = check_text(doubled(17, "{kind: relu}"))
    assert report.ok
    assert len(report.layers) == 2**16 + 1
    (fault,) = check_text(doubled(18, "{kind: relu}")).errors
    assert (fault.code, fault.message) == ("A317", "the network has more than 100,000 layers")


def test_a_chain_whose_fraction_doubles_is_refused_where_it_grows_long() -> None:
    lets = "".join(f"  v{place}: v{place - 1}*v{place - 1}\n" for place in range(1, 30))
    report = check_text(f"{TOP}let:\n  v0: 0.1\n{lets}layers:\n  - {{kind: dropout, p: v29}}\n")
    (fault,) = report.errors
    assert fault.code == "A116"
    assert fault.message == "`v6*v6` cannot be computed: its fraction has more than 100 digits"
    assert fault.span is not None
    assert fault.span.line == 12
