"""What a cell of a notebook shows of a value alone is a line, and says what the reports say."""

from __future__ import annotations

from archcalc import check, difference


def test_legal_sizes_and_claims_are_a_line() -> None:
    assert repr(check("alexnet").legal) == "Legal(<H: 227…258>, <W: 227…258>)"
    report = check("unet")
    assert repr(report.legal) == "Legal(<H: multiples of 16>, <W: multiples of 16>)"
    assert repr(check("alexnet", settings={"classes": 10}).claims[-2]) == (
        "<Compared total: params 62.3M, computed 58,322,314, not compared>"
    )
    assert repr(check("alexnet").claims[0]) == ("<Compared conv1: shape 96 × 55 × 55, computed 96 × 55 × 55, agrees>")


def test_a_difference_calls_a_variant_by_its_own() -> None:
    ten = check("alexnet", settings={"classes": 10}, input=(3, 231, 231))
    found = difference("alexnet", ten)
    assert repr(found).split(": ")[0].endswith("alexnet.yaml (classes = 10, input 3 × 231 × 231)")
    assert str(found).splitlines()[0].endswith("alexnet.yaml (classes = 10, input 3 × 231 × 231)")
    assert "(" not in str(difference(ten, ten)).splitlines()[0]
