"""What the rules rest on, cell by cell against torch."""

import itertools
import math
import warnings

import pytest
import torch
from torch.nn import functional as F

from archcalc.layers.contract import KINDS
from archcalc.layers.kinds.conv import window
from archcalc.layers.kinds.pool import pooled


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_pooled_is_what_torch_gives(ceil_mode: bool) -> None:
    refused = 0
    for n, k, s, p, d in itertools.product(range(1, 13), range(1, 6), range(1, 5), range(4), range(1, 4)):
        expected = p <= k // 2 and pooled(n, k, s, p, d, ceil_mode) >= 1
        try:
            y = F.max_pool2d(torch.zeros(1, 1, n, 1), (k, 1), (s, 1), (p, 0), (d, 1), ceil_mode)
        except RuntimeError:
            assert not expected
            refused += 1
        else:
            assert expected
            assert y.shape[2] == pooled(n, k, s, p, d, ceil_mode)
    assert refused > 100


def test_window_is_what_torch_gives() -> None:
    refused = 0
    for n, k, s, p, d in itertools.product(range(1, 10), range(1, 6), range(1, 5), range(3), range(1, 4)):
        expected = d * (k - 1) + 1 <= n + 2 * p
        try:
            y = F.conv1d(torch.zeros(1, 1, n), torch.zeros(1, 1, k), None, s, p, d)
        except RuntimeError:
            assert not expected
            refused += 1
        else:
            assert expected
            assert y.shape[2] == window(n, k, s, p, d)
    assert refused > 100


def test_no_accepted_max_pool_has_a_window_of_padding_alone() -> None:
    blind = 0
    for n, k, s, p, d in itertools.product(range(1, 7), range(1, 6), range(1, 4), range(3), range(1, 5)):
        layer = KINDS["max_pool1d"](kernel_size=k, stride=s, padding=p, dilation=d)
        failed = [need for need in layer.checks((1, n)) if not need.holds]
        if all(need.beyond_torch for need in failed):
            seen = F.max_pool2d(torch.zeros(1, 1, n, 1), (k, 1), (s, 1), (p, 0), (d, 1)).isfinite().all()
            assert failed or seen
            blind += not seen
    assert blind


def test_adaptive_windows_are_what_the_docstrings_say() -> None:
    for n, o in itertools.product(range(1, 15), range(1, 15)):
        x = torch.arange(float(n))
        averages = [x[j * n // o : math.ceil((j + 1) * n / o)].mean() for j in range(o)]
        torch.testing.assert_close(F.adaptive_avg_pool1d(x[None], o)[0], torch.stack(averages))


def test_same_padding_puts_the_odd_pixel_after() -> None:
    layer = KINDS["conv1d"](out_channels=1, kernel_size=4, padding="same", padding_mode="reflect")
    # Three pixels of padding: one before, two after, which a reflection takes from at least three.
    assert [all(need.holds for need in layer.checks((1, n))) for n in (1, 2, 3)] == [False, False, True]
    weight = torch.tensor([[[1.0, 0.0, 0.0, 0.0]]])
    with warnings.catch_warnings():
        # That the odd pixel may cost a copy, torch says once.
        warnings.simplefilter("ignore")
        assert F.conv1d(torch.tensor([[5.0, 6.0, 7.0]]), weight, padding="same").tolist() == [[0.0, 5.0, 6.0]]
