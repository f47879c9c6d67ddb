"""The bundled networks that are timm's: its parameters, MACs and keys of state_dict, under its own names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.spec.bundled import bundled_networks, bundled_specs
from tests.support.state_keys import digest, state_keys

FACTS: dict[str, dict[str, Any]] = json.loads((Path(__file__).parent / "facts" / "timm.json").read_text("utf-8"))[
    "models"
]


@pytest.mark.parametrize("name", FACTS)
def test_a_network_is_timms(name: str) -> None:
    facts = FACTS[name]
    report = archcalc.check(bundled_specs()[facts["spec"]], preset=name)
    assert report.totals is not None
    assert report.input == tuple(facts["input"])
    assert (report.totals.params, report.totals.macs) == (facts["params"], facts["macs"])
    found = state_keys(report)
    assert len(found) == facts["n_keys"]
    assert digest(found) == facts["keys_sorted_sha256"]


def test_every_network_under_timms_names_is_held_to_it() -> None:
    specs = {facts["spec"] for facts in FACTS.values()}
    assert {one.name for one in bundled_networks() if one.spec in specs} == set(FACTS)
