"""Whole networks as people write them: what their text says, what torch does, what is flat, what is generated."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcalc import Report, check, check_text, laws
from archcalc.analysis.batch_limits import least_batch
from archcalc.analysis.legal_inputs import legal, pinned
from archcalc.targets.torch import block_values
from tests.support.brute_force import disagreements, network, takes
from tests.support.drawn.documents import Drawn, draw, text_of
from tests.support.drawn.features import ALL, features
from tests.support.drawn.found import FOUND
from tests.support.drawn.held import WHAT, outcomes, outputs_of, put, rows_of, written
from tests.support.drawn.mutants import CODE_MUTANTS, MUTANTS, Mutant
from tests.support.drawn.reader import Reading, Row
from tests.support.drawn.readings import of_document
from tests.support.drawn.writable import HEAD, WRITABLE
from tests.support.law_forms import Forms, hold_at, inputs_near

UNET = Path(__file__).parents[1] / "specs" / "unet.yaml"
EXAMPLES = settings().max_examples
"""How many networks each test draws."""

numbers = st.integers(0, 2**40)
"""A network is drawn from a number: ``python -m tests.support.drawn NUMBER`` prints the least that shows the same
error."""


def errors(report: Report) -> set[str]:
    return {error.code for error in report.diagnostics if error.severity == "error"}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once_stays_found(name: str) -> None:
    assert outcomes(Drawn(yaml.safe_load(FOUND[name]), {})) == [("held", "")]


@pytest.mark.parametrize("name", WRITABLE)
def test_what_the_language_says_has_code(name: str) -> None:
    assert outcomes(Drawn(yaml.safe_load(HEAD + WRITABLE[name]), {})) == [("held", "")]


@given(numbers)
def test_a_network_is_what_its_text_says_and_so_is_its_code(number: int) -> None:
    wrong = [one.wrong for one in outcomes(draw(Random(10 * number))) if one.wrong]
    assert not wrong, f"python -m tests.support.drawn {10 * number}"


@given(numbers)
def test_a_list_with_two_readings_is_refused(number: int) -> None:
    drawn = draw(Random(10 * number + 9), refused=True)
    wrong = [one.wrong for one in outcomes(drawn, code=False) if one.wrong]
    assert not wrong, f"python -m tests.support.drawn {10 * number + 9}"


def test_lists_with_two_readings_are_drawn_and_few_others_refused() -> None:
    became = Counter[str]()
    for number in range(9, 3000, 10):
        drawn = draw(Random(number), refused=True)
        if of_document(drawn.document, drawn.files)[0]:
            became.update(one.what for one in outcomes(drawn, code=False))
    assert became.keys() == {"two readings"}
    assert became.total() >= 15


def test_all_of_the_language_is_drawn() -> None:
    used = Counter[str]()
    for number in range(600):
        drawn = draw(Random(number))
        used.update(features(drawn, [Reading(drawn.document, drawn.files, member) for member in drawn.members]))
    assert used.keys() == set(ALL)
    assert min(used.values()) >= 5, used.most_common()[-5:]


def test_most_of_what_is_drawn_is_a_network_with_code() -> None:
    became = Counter(one.what for number in range(60) for one in outcomes(draw(Random(number))))
    assert became.keys() <= WHAT.keys()
    assert became["held"] > 0.6 * became.total()
    assert became["no code"] <= 0.02 * became.total()


@given(numbers)
def test_a_network_without_blocks_conditions_and_copies_is_the_same(number: int) -> None:
    drawn, report = whole(number)
    flat = check_text(text_of(Reading(drawn.document, drawn.files, report.preset).flat(drawn.document)))
    assert errors(report) == errors(flat)
    assert [(one.output, one.params, one.macs, one.weights, one.buffers) for one in report.layers] == [
        (one.output, one.params, one.macs, one.weights, one.buffers) for one in flat.layers
    ]
    assert report.totals == flat.totals
    if report.ok:
        assert report.facts is not None
        assert flat.facts is not None
        assert legal(pinned(report.facts)) == legal(pinned(flat.facts))
        assert str(laws(report).total) == str(laws(flat).total)


def whole(number: int) -> tuple[Drawn, Report]:
    """The first member of a drawn family of which nothing is open: every layer is there, and has a name of its own."""
    drawn = draw(Random(10 * number))
    with written(drawn) as path:
        report = check(path, preset=drawn.members[0])
    assume(report.layers and not errors(report) & {"A301", "A319"})
    return drawn, report


@settings(max_examples=max(10, EXAMPLES // 10))
@given(numbers)
def test_the_legal_sizes_are_those_that_torch_takes(number: int) -> None:
    _, report = whole(number)
    # Nine convolutions with a stride, one after another, have more sizes to look at than one question may.
    assume(report.ok and report.legal is not None)
    assert disagreements(report, range(1, 49)) == []


@settings(max_examples=max(10, EXAMPLES // 2))
@given(numbers)
def test_one_sample_is_enough_exactly_where_no_more_are_asked_for(number: int) -> None:
    _, report = whole(number)
    assume(report.ok and report.graph is not None)
    assert report.graph is not None
    built = network(report)
    for training in (True, False):
        enough = least_batch(report.batch_limits, training=training) == 1
        assert takes(built.train(training), report.graph.input, batch=1) == enough


@settings(max_examples=max(10, EXAMPLES // 5))
@given(numbers, st.data())
def test_the_formulas_are_the_walk(number: int, data: st.DataObject) -> None:
    drawn, report = whole(number)
    # The report is checked again from its text alone.
    assume(report.ok and not drawn.files)
    assert report.input is not None
    found = laws(report)
    forms = Forms(found)
    assert hold_at(report, forms, report.input, 1, {})
    hold_at(report, forms, data.draw(inputs_near(found, report.input)), data.draw(st.integers(1, 9)), {})


U = """\
archcalc: 1
name: U
input: [3, {size}, {size}]
blocks:
  down:
    layers:
      - {{name: pool, kind: max_pool2d, kernel_size: {stride}, ceil_mode: {ceil}}}
      - {{name: conv, kind: conv2d, out_channels: 2 * in_channels, kernel_size: 3, padding: 1}}
  up:
    inputs: [x, skip]
    layers:
      - {{name: up, kind: conv_transpose2d, from: x, out_channels: skip_channels, kernel_size: {stride},
         stride: {stride}}}
      - {{name: join, kind: {join}, from: [up, skip]}}
      - {{name: conv, kind: conv2d, out_channels: skip_channels, kernel_size: 3, padding: 1}}
layers:
  - {{name: a, kind: conv2d, out_channels: 4, kernel_size: 3, padding: {padding}}}
  - {{name: b, kind: down}}
  - {{name: c, kind: down}}
  - {{name: d, kind: up, from: [c, b]}}
  - {{name: e, kind: up, from: [d, a]}}
"""


@pytest.mark.parametrize(
    ("stride", "padding", "ceil", "join", "size"),
    [
        (2, 1, "false", "concat", 32),
        (2, 0, "false", "add", 34),
        (3, 1, "false", "concat", 27),
        (2, 1, "true", "add", 16),
    ],
)
def test_the_legal_sizes_of_nets_that_go_down_and_up_are_torchs(
    stride: int, padding: int, ceil: str, join: str, size: int
) -> None:
    report = check_text(U.format(stride=stride, padding=padding, ceil=ceil, join=join, size=size))
    assert report.ok, report.diagnostics
    assert report.facts is not None
    found = legal(pinned(report.facts))
    assert found is not None
    assert found.proven
    assert disagreements(report, range(1, 97), found) == []
    # A size of 1 is repeated by `add`, and so fits besides.
    fits = [n for n in range(2, 97) if n in found.axes["H"]]
    assert fits == [n for n in range(3, 97) if (n - 2 * (1 - padding)) % stride**2 == 0]


def test_the_bundled_unet_takes_multiples_of_16() -> None:
    legal_sizes = check(UNET, preset="unet").legal
    assert legal_sizes is not None
    assert [n for n in range(1, 100) if n in legal_sizes.axes["H"]] == [16, 32, 48, 64, 80, 96]


# The harness finds what is broken.


class Read(NamedTuple):
    """A spec on disk, which member of it is checked, and what that is."""

    path: Path
    member: str | None
    rows: list[Row]
    outputs: list[str]


FOLDER = TemporaryDirectory(prefix="drawn")


@cache
def sample() -> list[Read]:
    """Some networks, the same ones every time, with what they mean; of those that are not refused."""
    found = []
    for number in range(220):
        drawn = draw(Random(number))
        path = put(drawn, Path(FOLDER.name) / str(number))
        if not of_document(drawn.document, drawn.files)[0]:
            for member in drawn.members:
                reading = Reading(drawn.document, drawn.files, member)
                found.append(Read(path, member, reading.rows, reading.outputs))
    return [one for one in found if "A319" not in errors(check(one.path, preset=one.member))]


def rightly(one: Read) -> bool:
    """Whether the package reads a spec as it is meant."""
    report = check(one.path, preset=one.member)
    return report.graph is not None and rows_of(report) == one.rows and outputs_of(report) == one.outputs


def wrong_somewhere() -> bool:
    """Whether a text becomes something else than it says, or nothing at all."""
    try:
        return not all(map(rightly, sample()))
    except (AssertionError, AttributeError, IndexError, KeyError, TypeError, ValueError):
        return True


def test_unharmed_nothing_is_wrong() -> None:
    assert len(sample()) > 200
    assert not wrong_somewhere()


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample()
    break_it(MUTANTS[name], monkeypatch)
    assert wrong_somewhere(), f"no network shows {name}"


@pytest.mark.parametrize("name", CODE_MUTANTS)
def test_a_mutant_of_the_generator_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    break_it(CODE_MUTANTS[name], monkeypatch)
    texts = [*FOUND.values(), *(HEAD + text for text in WRITABLE.values())]
    became = (outcomes(Drawn(yaml.safe_load(text), {})) for text in texts)
    assert any(one != [("held", "")] for one in became), f"no network shows {name}"


def test_a_condition_that_is_translated_wrong_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    text = HEAD + WRITABLE["an alternative that is also taken by itself"]
    monkeypatch.setattr(block_values, "source", lambda *_args, **_rest: "1 > 2")
    assert outcomes(Drawn(yaml.safe_load(text), {})) == [("held", "")]
    monkeypatch.setattr(block_values, "right", lambda *_: True)
    assert outcomes(Drawn(yaml.safe_load(text), {})) != [("held", "")]


def break_it(mutant: Mutant, monkeypatch: pytest.MonkeyPatch) -> None:
    made: Any = mutant.made()
    monkeypatch.setattr(mutant.owner, mutant.function, made)
    for user in users_of(mutant.function):
        monkeypatch.setattr(user, mutant.function, made)


def users_of(function: str) -> list[Any]:
    """The modules that import a function by its name."""
    from archcalc.network import channels, elaborate
    from archcalc.spec import absence, presence
    from archcalc.targets.torch import wiring

    return [module for module in (channels, elaborate, absence, presence, wiring) if hasattr(module, function)]
