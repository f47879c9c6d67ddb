"""What other frameworks say otherwise: no kind of ours is among it, and every kind that a help names is ours."""

from __future__ import annotations

import re

import pytest

from archcalc.layers.contract import KINDS
from archcalc.spec import elsewhere
from archcalc.spec.elsewhere import kind_elsewhere

HELPS = [help for _, _, help in elsewhere._ELSEWHERE]
WORDS = [name for names, _, _ in elsewhere._ELSEWHERE for name in names.split()]


def test_no_word_has_two_lessons() -> None:
    assert len(WORDS) == len(set(WORDS))
    assert all(word == word.lower() and "_" not in word for word in WORDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_kind_of_ours_is_not_elsewhere(kind: str) -> None:
    assert kind_elsewhere(kind) is None
    assert kind_elsewhere(kind.title().replace("_", "")) is None


def test_a_kind_to_come_is_told_from_what_is_written_otherwise() -> None:
    for word in ("lstm_cell", "nn.LSTMCell", "torch.nn.EmbeddingBag", "TransformerEncoder", "CrossAttention"):
        found = kind_elsewhere(word)
        assert found is not None
        assert found.not_yet
    found = kind_elsewhere("DepthwiseConv2D")
    assert found is not None
    assert not found.not_yet
    # Not an `lstm`, which has one direction.
    found = kind_elsewhere("BiLSTM")
    assert found is not None
    assert "bidirectional: true" in found.help
    assert kind_elsewhere("sofa") is None


def test_every_kind_that_a_help_names_is_one() -> None:
    kinds = {word for help in HELPS for word in re.findall(r"`(?:kind: )?(\w+\d?)`", help)}
    assert kinds - KINDS.keys() <= {
        "input",
        "groups",
        "blocks",
        "stride",
        "kernel_size",
        "bidirectional",
        "dims",
        "again",
    }
