"""Every kind against torch. A kind is tested from the day it is registered, and no test names one."""

from collections.abc import Callable

import pytest

from archcalc.layers.contract import KINDS
from tests.support.draw_layers import ONE_INPUT
from tests.support.failing_alone import failing_alone, taken_by_torch_alone
from tests.support.number_kinds import check_sizes
from tests.support.torch_flags import check_constructor, check_flags
from tests.support.torch_oracle import check_batches, check_case, check_contract

every_kind = pytest.mark.parametrize("kind", ONE_INPUT)


@every_kind
def test_keeps_the_contract(kind: str, record_property: Callable[[str, object], None]) -> None:
    tally = check_contract(KINDS[kind])
    record_property("accepted", tally.accepted / tally.examples)
    # The share is about two thirds but of one short run's draws that are alike: 13 of 75, once.
    assert tally.accepted >= tally.examples / 10
    # Each need alone is reason enough for torch to refuse, and each of ours is one that it lets pass.
    while seldom := tally.needs - tally.failed_alone:
        check_case(failing_alone(KINDS[kind], min(seldom, key=str)), tally)
    for site in sorted(tally.ours - tally.passed, key=str):
        assert taken_by_torch_alone(KINDS[kind], site)


@every_kind
def test_asks_of_the_batch_what_torch_does(kind: str) -> None:
    asking = check_batches(KINDS[kind])
    assert (asking > 0) == KINDS[kind].batch_statistics


@every_kind
def test_rules_agree_on_every_kind_of_size(kind: str) -> None:
    check_sizes(KINDS[kind])


@every_kind
def test_is_constructed_as_torch_says(kind: str) -> None:
    check_constructor(KINDS[kind])


@every_kind
def test_behaves_in_training_as_it_says(kind: str) -> None:
    check_flags(KINDS[kind])
