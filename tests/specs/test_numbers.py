"""The generated networks compute what torchvision's compute, from the same weights: the same numbers and gradients."""

import os

import pytest
import torch

from archcalc.spec.bundled import bundled_specs
from tests.support.zoo_numbers import Passed, both, model_code, small
from tests.support.zoo_twins import ONE_OF_EACH, PAIRS, WITHOUT_A_TWIN

DEEP = os.environ.get("ARCHCALC_DEEP") == "1"
NETWORKS = [param.values for param in PAIRS] if DEEP else ONE_OF_EACH


def assert_same(ours: Passed, theirs: Passed) -> None:
    """That two networks do the same, each tensor seen beside its largest number, lest a small one hide an error."""
    assert len(ours.outputs) == len(theirs.outputs)
    assert ours.gradients.keys() == theirs.gradients.keys()
    pairs = {}
    for number, (mine, other) in enumerate(zip(ours.outputs, theirs.outputs, strict=True)):
        pairs[f"output {number}"] = (mine, other, 1e-5)
    for name, theirs_of_it in theirs.gradients.items():
        ours_of_it = ours.gradients[name]
        assert ours_of_it is not None, f"{name} takes no part"
        assert theirs_of_it is not None, f"{name} takes no part in torchvision's"
        pairs[f"the gradient of {name}"] = (ours_of_it, theirs_of_it, 1e-4)
    for what, (mine, other, rtol) in pairs.items():
        largest = other.abs().max()
        assert 0 < largest < float("inf"), f"{what} says nothing"

        def told(text: str, what: str = what) -> str:
            return f"{what}: {text}"

        if torch.equal(mine, other):
            continue  # as nearly all are; the rest takes long for large ones
        torch.testing.assert_close(mine / largest, other / largest, rtol=rtol, atol=1e-5, msg=told)


@pytest.mark.parametrize(("spec", "preset"), NETWORKS)
def test_a_generated_network_computes_what_torchvisions_does(spec: str, preset: str | None) -> None:
    assert_same(*both(spec, preset, small(spec, preset)))


def test_every_family_with_a_twin_is_among_those_run() -> None:
    families = {spec for spec in bundled_specs() if spec in {param.values[0] for param in PAIRS}}
    assert {spec for spec, _ in ONE_OF_EACH} == families
    assert families.isdisjoint(WITHOUT_A_TWIN)


SLIPS = {
    "a concat in another order": (
        *("googlenet", "googlenet"),
        "torch.cat((branch1, branch2, branch3, branch4), 1)",
        "torch.cat((branch2, branch1, branch3, branch4), 1)",
    ),
    "new channels before the old": ("densenet", "densenet121", "torch.cat((x, out), 1)", "torch.cat((out, x), 1)"),
    "a shortcut from elsewhere": ("mobilenet_v2", "mobilenet_v2", "out = out + x", "out = out + out"),
    "a shortcut that passes no gradient": (
        *("resnet", "resnet18"),
        "downsample = self.downsample(x)",
        "downsample = self.downsample(x.detach())",
    ),
    "a shuffle in other groups": ("shufflenet_v2", "shufflenet_v2_x0_5", "ChannelShuffle(2)", "ChannelShuffle(4)"),
    "a class token behind the patches": (
        *("vit", "vit_b_32"),
        "torch.cat((x, patches), 1)",
        "torch.cat((patches, x), 1)",
    ),
    "another stride's place": (
        *("resnet", "resnext50_32x4d"),
        "stride=stride if index == 0 else 1",
        "stride=stride if index == 1 else 1",
    ),
}


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_in_the_code_is_seen(slip: str) -> None:
    spec, preset, right, wrong = SLIPS[slip]
    code = model_code(spec, preset)
    assert right in code
    slipped = code.replace(right, wrong)
    with pytest.raises((AssertionError, RuntimeError)) as found:
        assert_same(*both(spec, preset, small(spec, preset), slipped))
    gradients_only = "no gradient" in slip
    assert ("the gradient of" in str(found.value)) == gradients_only, found.value
