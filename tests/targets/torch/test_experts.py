"""The code of networks whose tokens take some of several experts."""

from __future__ import annotations

import archcalc
from archcalc.targets.generate import generate

SPEC = """\
archcalc: 1
name: Experts
input: [6, 8]
layers:
  - {name: gate, kind: linear, out_features: 4}
  - name: experts
    from: input
    repeat: 4
    route: {by: gate, top: 2}
    layers: [{kind: linear, out_features: 8}, {kind: gelu}]
"""


def files(text: str) -> dict[str, str]:
    return {
        name.rpartition("_")[0] or name: content for name, content in generate(archcalc.check_text(text)).files.items()
    }


def test_the_code_says_how_many_parameters_compute_a_token() -> None:
    model = files(SPEC)["model.py"]
    assert "324 parameters" in model
    assert "Each token is computed by 180 of the parameters." in model
    assert "self.experts = Routed(" in model


def test_what_experts_draw_is_compared_in_evaluation_alone() -> None:
    """The model draws for the tokens that an expert has, the evaluation for all of them."""
    assert '("training", [False, True])' in files(SPEC)["test"]
    assert '("training", [False])' in files(SPEC.replace("{kind: gelu}", "{kind: dropout}"))["test"]


def test_tests_of_a_network_without_experts_say_nothing_of_any() -> None:
    assert "expert" in files(SPEC)["test"]
    alone = SPEC[: SPEC.index("  - name: experts")]
    assert "expert" not in files(alone)["test"]
