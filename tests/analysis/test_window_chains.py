"""A chain of windows is one window, by torch's gradients."""

from __future__ import annotations

import warnings

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from archcalc.analysis.axis_field import ReceptiveField
from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.working import Window
from archcalc.sizes.rules import Shape, known_size, known_sizes
from tests.support.draw_layers import steady
from tests.support.torch_oracle import built


@st.composite
def window_chains(draw: st.DrawFn) -> list[Layer]:
    """Convolutions and averages along one axis, whose weights of one let every pixel through."""
    chain: list[Layer] = []
    for _ in range(draw(st.integers(1, 5))):
        kernel, stride = draw(st.integers(1, 4)), draw(st.integers(1, 3))
        if draw(st.booleans()):
            values = {"kernel_size": kernel, "stride": stride, "padding": draw(st.integers(0, kernel // 2))}
            chain.append(KINDS["avg_pool1d"](**values, ceil_mode=draw(st.booleans())))
        else:
            same = stride == 1 and draw(st.booleans())
            padding = "same" if same else draw(st.integers(0, 3))
            dilation = draw(st.integers(1, 3))
            conv = KINDS["conv1d"](
                out_channels=1, bias=False, kernel_size=kernel, stride=stride, padding=padding, dilation=dilation
            )
            chain.append(conv)
    return chain


def folded(chain: list[Layer], x: Shape) -> ReceptiveField:
    field = ReceptiveField(1, 1, 0)
    for layer in chain:
        windows = layer.window(x)
        assert windows is not None
        field, x = field.through(windows[0]), layer.out(x)
    return field


def by_gradient(chain: list[Layer], x: Shape, place: int) -> list[int]:
    """The pixels that have a part in the output at a place."""
    inputs = torch.ones(1, *known_sizes(x), dtype=torch.float64, requires_grad=True)
    outputs = inputs
    for layer in chain:
        module = built(layer, tuple(outputs.shape[1:])).double()
        for parameter in module.parameters():
            torch.nn.init.ones_(parameter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            outputs = module(outputs)
    torch.autograd.backward(outputs[0, 0, place])
    assert inputs.grad is not None
    pixels: list[int] = inputs.grad[0, 0].nonzero()[:, 0].tolist()
    return pixels


@given(window_chains())
def test_a_chain_of_windows_is_one_window(chain: list[Layer]) -> None:
    check_chain(chain)


def check_chain(chain: list[Layer]) -> None:
    field = folded(chain, (1, 1 << 20))
    # In the middle of an input this large no place sees padding.
    x: Shape = (1, 4 * (field.size + field.padding + 2 * field.stride))
    place = known_size((x[1] // 2) // field.stride)
    pixels = by_gradient(chain, x, place)
    first = place * field.stride - field.padding
    assert (pixels[0], pixels[-1]) == (first, first + field.size - 1)


def test_a_fold_that_forgets_a_stride_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def through(self: ReceptiveField, window: Window) -> ReceptiveField:
        return ReceptiveField(
            self.size + (window.reach - 1) * self.stride, self.stride * window.stride, self.padding + window.padding
        )

    monkeypatch.setattr(ReceptiveField, "through", through)
    with pytest.raises(AssertionError):
        steady(500)(given(window_chains())(check_chain))()
