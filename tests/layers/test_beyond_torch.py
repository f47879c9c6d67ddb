"""Needs that torch does not have: each refuses what torch takes, and takes what lies beside it.

That all other needs are torch's own is what the layer contract shows. Of these it cannot say how far they go.
"""

from __future__ import annotations

import ast
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from archcalc import layers
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.kinds.join import Join
from archcalc.layers.need import Need
from archcalc.layers.record import defaults_of, fields_of
from tests.support.attention_oracle import attended_in_torch
from tests.support.join_oracle import joined_in_torch
from tests.support.torch_oracle import runs

Shapes = list[tuple[int, ...]]


class Case(NamedTuple):
    """A layer and what arrives, which one need refuses, in these words; and others that it takes, at the border."""

    kind: str
    fields: dict[str, Any]
    shapes: Shapes
    code: str
    words: str
    taken: list[tuple[dict[str, Any], Shapes]]


CASES = [
    Case("max_pool2d", {"kernel_size": 1}, [(3, 4)], "A202", "takes (C, H, W)", [({}, [(3, 4, 4)])]),
    Case(
        "batch_norm1d",
        {"num_features": 5, "affine": False, "track_running_stats": False},
        [(3,)],
        "A203",
        "takes 5 features, but 3 arrive",
        [({"num_features": 3}, [(3,)])],
    ),
    Case(
        "max_pool1d",
        {"kernel_size": 2, "padding": 1, "dilation": 2},
        [(1, 1)],
        "A213",
        "only padding",
        [({}, [(1, 2)]), ({"padding": 0, "kernel_size": 1}, [(1, 1)])],
    ),
    Case(
        "group_norm",
        {"num_groups": 2},
        [(2,)],
        "A216",
        "groups of a single value",
        [({}, [(4,)]), ({}, [(2, 2)]), ({}, [(2, 1, 2)]), ({"num_groups": 1}, [(2,)])],
    ),
    Case("mean", {"dim": 0}, [(3, 4)], "A209", "over the batch axis", [({"dim": 1}, [(3, 4)])]),
    Case("normalize", {"dim": 0}, [(3, 4)], "A209", "the batch a vector of length 1", [({"dim": 1}, [(3, 4)])]),
    Case(
        "mean",
        {"dim": (1, 2)},
        [(3, 4)],
        "A209",
        "a single number",
        [({"keepdim": True}, [(3, 4)]), ({"dim": 1}, [(3, 4)]), ({"dim": 2}, [(3, 4)])],
    ),
    Case("flatten", {"start_dim": 0}, [(3,)], "A209", "the batch axis", [({"start_dim": 1}, [(3, 4)])]),
    Case("upsample", {"scale_factor": 0.25, "mode": "area"}, [(1, 3)], "A207", "averages over 3", [({}, [(1, 4)])]),
    Case("unflatten", {"dim": 0, "unflattened_size": (1, 2)}, [(2,)], "A209", "the batch", [({"dim": 1}, [(2, 4)])]),
    Case("glu", {"dim": 0}, [(4,)], "A209", "halve the batch axis", [({"dim": 1}, [(4,)])]),
    Case("pad", {"padding": (1, 1, 1, 1)}, [(3,)], "A209", "pad the batch axis", [({}, [(3, 4)])]),
    Case("slice", {"dim": 0, "stop": 1}, [(3,)], "A209", "slice the batch axis", [({"dim": 1}, [(3,)])]),
    Case("slice", {"start": -4}, [(3,)], "A215", "starts at -1, before the start", [({"start": -3}, [(3,)])]),
    Case("slice", {"stop": 4}, [(3,)], "A215", "stops at 4, beyond the end", [({"stop": 3}, [(3,)])]),
    Case("slice", {"start": 2, "stop": 2}, [(3,)], "A215", "holds nothing", [({"stop": 3}, [(3,)])]),
    Case("add", {}, [(2, 3), (3,)], "A202", "equally many axes", [({}, [(2, 3), (2, 3)])]),
    Case(
        "einsum",
        {"equation": "t d, s d -> t s"},
        [(2, 3), (4, 1)],
        "A211",
        "3 places along `d` in its first input and 1 in its second",
        [({}, [(2, 3), (4, 3)]), ({"equation": "t d, s e -> t s"}, [(2, 3), (4, 1)])],
    ),
    Case("concat", {"dim": 0}, [(3,), (3,)], "A209", "along the batch axis", [({"dim": 1}, [(3,), (3,)])]),
    Case("roll", {"shifts": 1, "dims": (0,)}, [(3,)], "A209", "roll the batch axis", [({"dims": (1,)}, [(3,)])]),
    Case(
        "pad_to_multiple",
        {"multiple": 2, "dims": (0,)},
        [(3,)],
        "A209",
        "pad the batch axis to",
        [({"dims": (1,)}, [(3,)])],
    ),
    Case("expand", {"dim": 0, "size": 2}, [(1,)], "A209", "repeat the batch axis", [({"dim": 1}, [(1,)])]),
    Case(
        "logit_scale", {"shape": (1, 1, 1)}, [(3, 4)], "A202", "more axes than 3 × 4", [({"shape": (1, 1)}, [(3, 4)])]
    ),
    Case("logit_scale", {"shape": (2, 1)}, [(1, 4)], "A203", "but 1 × 4 arrives", [({"shape": (1, 1)}, [(1, 4)])]),
    Case("crop_as", {"dims": (1,)}, [(3,), (4,)], "A215", "more than it has", [({}, [(4,), (4,)])]),
    Case(
        "shifted_window_mask",
        {"window_size": (2,), "shift": 2},
        [(2, 2), (4,)],
        "A114",
        "is not less than its window of 2",
        [({"shift": 1}, [(2, 2), (4,)])],
    ),
    Case("softmax", {}, [(3, 4)], "A112", "which of the 3 axes sums to one", [({}, [(3,)]), ({"dim": 2}, [(3, 4)])]),
    Case("softmax", {"dim": 0}, [(3,)], "A209", "over the batch axis", [({"dim": 1}, [(3, 4)])]),
]


def smallest(kind: type[Layer], **stated: int) -> Layer:
    """A layer whose fields are 1, but those that are stated or have a default."""
    return kind(**(dict.fromkeys(fields_of(kind).keys() - defaults_of(kind).keys(), 1) | stated))


def failed(layer: Layer, shapes: Shapes) -> list[Need]:
    return [need for need in layer.checks(*shapes) if not need.holds]


def runs_in_torch(layer: Layer, shapes: Shapes) -> bool:
    if isinstance(layer, Join) and not layer.joins:
        return not isinstance(attended_in_torch(layer, tuple(shapes)), Exception)
    if isinstance(layer, Join):
        return not isinstance(joined_in_torch(layer, tuple(shapes)), Exception)
    return runs(layer, shapes[0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind}: {case.words}")
def test_what_torch_takes_is_refused_and_what_lies_beside_is_not(case: Case) -> None:
    layer = KINDS[case.kind](**case.fields)
    assert runs_in_torch(layer, case.shapes)
    (need,) = failed(layer, case.shapes)
    assert (need.code, need.beyond_torch) == (case.code, True)
    assert case.words in need.why()
    if need.fix is not None:
        assert failed(KINDS[case.kind](**case.fields | need.fix), case.shapes) == []
    for changed, shapes in case.taken:
        assert failed(KINDS[case.kind](**case.fields | changed), shapes) == []


def test_each_need_that_torch_does_not_have_is_among_them() -> None:
    """As many are marked in the code as there are cases, and no two cases are of the same need."""
    files = Path(layers.__file__).parent.rglob("*.py")
    calls = (node for file in files for node in ast.walk(ast.parse(file.read_bytes())) if isinstance(node, ast.Call))
    marked = sum(keyword.arg == "beyond_torch" for call in calls for keyword in call.keywords)
    assert marked == len({(case.kind, case.code, case.words) for case in CASES})


OF_FIELDS = [name for name, kind in KINDS.items() if kind.ranks is not None and not issubclass(kind, Join)]


@pytest.mark.parametrize("name", OF_FIELDS)
def test_what_torch_would_read_as_something_else_is_known_by_its_axes(name: str) -> None:
    """It takes the batch of two for channels, or all of it for one sample; with any other number of axes it fails."""
    kind = KINDS[name]
    layer = smallest(kind, **({"in_channels": 2} if "in_channels" in fields_of(kind) else {}))
    ranks = [rank for rank in range(1, 6) if rank not in (kind.ranks or ())]
    taken = [rank for rank in ranks if runs(layer, (16,) * min(rank, 3) + (4,) * (rank - 3))]
    assert [rank for rank in ranks if layer.misread(rank)] == taken


def test_that_factors_are_as_many_as_heads_is_asked_by_torch_too_but_of_a_single_head() -> None:
    layer = KINDS["logit_scale"](shape=(2, 1))
    assert not runs_in_torch(layer, [(3, 4)])
    (need,) = failed(layer, [(3, 4)])
    assert (need.code, need.beyond_torch) == ("A203", False)
