"""Norms of features that stand last in a sequence."""

from __future__ import annotations

import torch
from torch import nn

from archcalc.pipeline import find_fixes
from tests.support.broken_specs import after, errors
from tests.support.small import checked

HEAD = "archcalc: 1\nname: Words\ninput: [16, 10]\nlayers:\n"
LINEAR = "{{name: {}, kind: linear, out_features: {}}}"
TURN = "{kind: permute, dims: [0, 2, 1]}"


def test_a_norm_of_what_stands_last_is_put_between_two_turns() -> None:
    """As torch.nn.BatchNorm1d asks, which takes (N, C, L)."""
    report = checked(LINEAR.format("up", 96), "{name: norm, kind: batch_norm1d}", LINEAR.format("out", 5), head=HEAD)
    assert errors(report) == []
    stated = "{name: norm, kind: batch_norm1d, num_features: 96}"
    report = checked(LINEAR.format("up", 96), stated, LINEAR.format("out", 5), head=HEAD)
    assert errors(report) == ["A203"]
    assert f"or put `- {TURN}` above it, and once more above `out`" in report.errors[0].help
    fix = next(fix for fix in find_fixes(report) if fix.edit == f"{TURN} above norm; {TURN} above out")
    mended = after(report, fix)
    assert errors(mended) == []
    given = nn.BatchNorm1d(96)(torch.zeros(2, 16, 96).permute(0, 2, 1)).permute(0, 2, 1)
    assert mended.layers[3].output == tuple(given.shape[1:])


def test_of_another_number_nothing_is_turned() -> None:
    stated = "{name: norm, kind: batch_norm1d, num_features: 64}"
    report = checked(LINEAR.format("up", 96), stated, LINEAR.format("out", 5), head=HEAD)
    assert errors(report) == ["A203"]
    assert not any("permute" in fix.edit for fix in find_fixes(report))
