"""The bundled recurrent networks against PyTorch's example and crnn.pytorch, written in plain torch."""

from __future__ import annotations

from typing import cast

import pytest
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc import Report
from archcalc.analysis.conventions import counted
from archcalc.targets.generate import generate
from tests.support.generated_module import network_of


class WordModel(nn.Module):
    """pytorch/examples, word_language_model/model.py, with --tied; batch first."""

    def __init__(self, words: int, width: int, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.encoder = nn.Embedding(words, width)
        self.rnn = nn.LSTM(width, width, 2, dropout=dropout, batch_first=True)
        self.decoder = nn.Linear(width, words)
        self.decoder.weight = self.encoder.weight

    def forward(self, x: Tensor) -> Tensor:
        given, _ = self.rnn(self.drop(self.encoder(x)))
        return cast("Tensor", self.decoder(self.drop(given)))


class BidirectionalLSTM(nn.Module):
    """crnn.pytorch, models/crnn.py; batch first."""

    def __init__(self, width: int, hidden: int, to: int) -> None:
        super().__init__()
        self.rnn = nn.LSTM(width, hidden, bidirectional=True, batch_first=True)
        self.embedding = nn.Linear(2 * hidden, to)

    def forward(self, x: Tensor) -> Tensor:
        return cast("Tensor", self.embedding(self.rnn(x)[0]))


class CRNN(nn.Module):
    """crnn.pytorch's CRNN(32, 1, 37, 256); batch first."""

    def __init__(self) -> None:
        super().__init__()
        kernels, paddings, widths = (3, 3, 3, 3, 3, 3, 2), (1, 1, 1, 1, 1, 1, 0), (64, 128, 256, 256, 512, 512, 512)
        self.cnn, before = nn.Sequential(), 1
        pools = {0: nn.MaxPool2d(2, 2), 1: nn.MaxPool2d(2, 2)}
        pools |= {3: nn.MaxPool2d((2, 2), (2, 1), (0, 1)), 5: nn.MaxPool2d((2, 2), (2, 1), (0, 1))}
        for place, (kernel, padding, width) in enumerate(zip(kernels, paddings, widths, strict=True)):
            self.cnn.add_module(f"conv{place}", nn.Conv2d(before, width, kernel, 1, padding))
            if place in (2, 4, 6):
                self.cnn.add_module(f"batchnorm{place}", nn.BatchNorm2d(width))
            self.cnn.add_module(f"relu{place}", nn.ReLU(True))
            if place in pools:
                self.cnn.add_module(f"pooling{len([*self.cnn.named_children()])}", pools[place])
            before = width
        self.rnn = nn.Sequential(BidirectionalLSTM(512, 256, 256), BidirectionalLSTM(256, 256, 37))

    def forward(self, x: Tensor) -> Tensor:
        columns = self.cnn(x)
        assert columns.shape[2] == 1, "the height of conv must be 1"
        return cast("Tensor", self.rnn(columns.squeeze(2).transpose(1, 2)))


def alike(report: Report, theirs: nn.Module, x: Tensor) -> None:
    """Figures, keys and outputs; the outputs with drawn weights, which load strictly."""
    assert report.errors == ()
    assert report.totals is not None
    assert report.totals.params == sum(parameter.numel() for parameter in theirs.parameters())
    theirs.double().eval()
    ours = network_of(generate(report).files, report).double().eval()
    torch.manual_seed(0)
    with torch.no_grad():
        for parameter in theirs.parameters():
            parameter.copy_(torch.randn(parameter.shape) / 8)
    ours.load_state_dict(theirs.state_dict())
    assert torch.allclose(ours(x), theirs(x), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("preset", "params"), [("word_lstm_650", 28_434_378), ("word_lstm_1500", 85_974_278)])
def test_a_word_model_has_the_examples_figures(preset: str, params: int) -> None:
    report = archcalc.check("word_language_model", preset=preset)
    with torch.device("meta"):
        theirs = WordModel(33278, 650 if "650" in preset else 1500, 0.5).eval()
        with FlopCounterMode(display=False) as counter:
            theirs(torch.zeros(1, 35, dtype=torch.long))
    assert report.totals is not None
    assert (report.totals.params, report.totals.macs) == (params, counter.get_total_flops() // 2)
    assert sum(parameter.numel() for parameter in theirs.parameters()) == params


def test_a_small_word_model_is_the_examples() -> None:
    report = archcalc.check("word_language_model", preset="word_lstm_650", settings={"width": 6, "vocab": 11, "T": 5})
    alike(report, WordModel(11, 6, 0.5), torch.randint(11, (3, 5), generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("width", [100, 60])
def test_crnn_is_crnn_pytorchs(width: int) -> None:
    report = archcalc.check("crnn", preset="crnn", input=(1, 32, width))
    assert report.totals is not None
    assert report.totals.params == 8_331_301
    alike(report, CRNN(), torch.randn(2, 1, 32, width, dtype=torch.double))


@pytest.mark.parametrize("height", [16, 31, 32, 47, 48])
def test_crnn_takes_the_heights_of_which_one_row_is_left(height: int) -> None:
    taken = archcalc.check("crnn", preset="crnn", input=(1, height, 100)).ok
    try:
        CRNN().eval()(torch.zeros(1, 1, height, 100))
    except (AssertionError, RuntimeError):
        assert not taken
    else:
        assert taken


def test_as_torchinfo_counts_them() -> None:
    from torchinfo import summary

    theirs = summary(CRNN(), (1, 1, 32, 100), verbose=0)
    count = counted(archcalc.check("crnn", preset="crnn").require_ok().layers, "torchinfo")
    assert (count.total_operations, count.total_params) == (theirs.total_mult_adds, theirs.total_params)
