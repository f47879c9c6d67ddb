"""Activations that are written as rows of a table: what other counters make of them, and what they are called."""

from __future__ import annotations

import pytest

from archcalc.analysis.conventions import counted
from archcalc.layers.counters import COUNTERS
from tests.support.small import checked


@pytest.mark.parametrize("counter", COUNTERS)
def test_an_activation_that_a_counter_does_not_know_is_nothing_to_it(counter: str) -> None:
    """ptflops 0.7.5 has ReLU, PReLU, ELU, LeakyReLU, ReLU6 and GELU in its table, thop 0.1.1 no other ones."""
    unknown = checked("{kind: tanh}", "{kind: mish}", "{kind: softsign}")
    operations = counted(unknown.layers, counter).operations or {}
    assert set(operations.values()) <= {0}
