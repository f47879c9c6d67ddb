"""Edits of what is joined, so that its sources fit each other."""

from __future__ import annotations

import pytest

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

WIDTHS = "{{name: {}, kind: linear, out_features: {}, from: input}}"


@pytest.mark.parametrize(
    ("widths", "join", "edits"),
    [
        ({"a": 12, "b": 10}, "kind: add, from: [a, b]", {"b": "b out_features: 12", "a": "a out_features: 10"}),
        (
            {"q": 12, "k": 10, "v": 10},
            "kind: attention, num_heads: 2, from: [q, k, v]",
            {"q": "q out_features: 10", "k": "k out_features: 6; v out_features: 6"},
        ),
    ],
)
def test_a_width_that_differs_is_edited_where_it_is_given_and_the_fix_says_of_which_layer(
    widths: dict[str, int], join: str, edits: dict[str, str]
) -> None:
    """Of several layers it is of the first."""
    head = "archcalc: 1\nname: Small\ninput: [6, 8]\nlayers:\n"
    report = checked(*(WIDTHS.format(*pair) for pair in widths.items()), f"{{name: joined, {join}}}", head=head)
    found = {fix.edit: fix for fix in find_fixes(report)}
    for layer, edit in edits.items():
        assert found[edit].layer == layer
        assert errors(after(report, found[edit])) == []


@pytest.mark.parametrize(("elsewhere", "width"), [(True, 64), (False, 16)])
def test_what_looks_at_another_sequence_has_all_heads_of_its_own(elsewhere: bool, width: int) -> None:
    """Vaswani et al. 2017: 8 heads of 8. Fewer heads of keys (Shazeer 2019) are for what looks at itself."""
    keys = "memory" if elsewhere else "words"
    layers = [
        *(WIDTHS.format(name, 8) for name in ("words", *(["memory"] if elsewhere else []))),
        "{name: q, kind: linear, out_features: 64, from: words}",
        *(f"{{name: {name}, kind: linear, out_features: 12, from: {keys}}}" for name in "kv"),
        "{name: read, kind: attention, num_heads: 8, from: [q, k, v]}",
    ]
    report = checked(*layers, head="archcalc: 1\nname: Small\ninput: [6, 8]\nlayers:\n")
    assert report.errors[0].help[0] == f"write `out_features: {width}` in `k` and `v`"
