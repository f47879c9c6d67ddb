"""JSON beside Python's own, whatever its strings hold."""

from __future__ import annotations

import json as reference

from hypothesis import example, given
from hypothesis import strategies as st

from archcalc.diagnostics.json_object import JsonObject
from archcalc.reports import json

_TEXTS = st.text(st.characters(codec=None), max_size=12)
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=12,
)


class _Plain:
    def __init__(self, values: JsonObject) -> None:
        self.values = values

    def to_dict(self) -> JsonObject:
        return self.values


@given(st.dictionaries(_TEXTS, _VALUES, max_size=4))
@example({"output": "⌊(H − 3)/2⌋ × 64", "name": "é𝔘😀\u0085\x7f", "told": '"\\n"', "nothing": [], "none": {}})
@example({"a file's name": "net\udcff.yaml", "and": "×"})
def test_it_is_what_python_writes(values: JsonObject) -> None:
    assert json.render_one(_Plain(values)) == reference.dumps(values, indent=2)
    assert json.render([_Plain(values)] * 2) == reference.dumps([values] * 2, indent=2)
