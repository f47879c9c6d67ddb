"""The lines of a constructor that let no gradient reach what is frozen."""

from __future__ import annotations

from archcalc import check_text
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of

HEAD = "archcalc: 1\nname: N\ninput: [3, 8, 8]\n"
CONV = "kind: conv2d, out_channels: 4, kernel_size: 1"


def test_a_module_is_frozen_as_a_whole_where_the_rest_of_it_has_no_parameters() -> None:
    group = f"{{name: g, layers: [{{{CONV}, frozen: true}}, {{kind: relu}}, {{kind: batch_norm2d, frozen: true}}]}}"
    report = check_text(f"{HEAD}layers: [{group}, {{name: last, {CONV}}}]").require_sound()
    model = generate(report).files["model.py"]
    assert [line.strip() for line in model.splitlines() if "requires_grad_" in line] == ["self.g.requires_grad_(False)"]


def test_a_parameter_among_many_modules_is_frozen_by_itself() -> None:
    """What has a number for a name is asked of the module, which knows its parameters and its submodules apart."""
    group = f"{{name: g, layers: [{{{CONV}}}, {{kind: layer_scale, frozen: true}}]}}"
    convs = ", ".join(f"{{name: c{n}, {CONV}, frozen: true}}" for n in range(4))
    report = check_text(f"{HEAD}layers: [{group}, {convs}]").require_sound()
    network = network_of(generate(report).files, report)
    assert [name for name, one in network.named_parameters() if one.requires_grad] == ["g.0.weight", "g.0.bias"]
