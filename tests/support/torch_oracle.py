"""The contract between a layer kind and torch, as functions that tests and mutants both call.

``check_contract`` draws layers and inputs of one kind and holds every rule of the kind against what
torch does on a CPU; ``check_sizes`` holds the rules on arrays, symbols and unknown sizes against the
same rules on ints. Both raise AssertionError at a counterexample. Nothing here names a kind: what to
draw follows from the kind's fields.
"""

from __future__ import annotations

import dataclasses
import inspect
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import Any, TypeAlias

import msgspec
import numpy as np
import sympy
import torch
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from torch.utils.flop_counter import FlopCounterMode

from archcalc.diagnostics.codes import CODES
from archcalc.layers.contract import KINDS, Layer, Need, defaults_of, fields_of
from archcalc.layers.fields import PerAxis, Place, Size
from archcalc.sizes import symbolic
from archcalc.sizes.periodic import Along, NotPeriodic, Where
from archcalc.sizes.rules import UNKNOWN, Dim, Shape
from tests.support.own_modules import Parameter, class_of

ONE_INPUT = {name: kind for name, kind in KINDS.items() if kind.arity == (1, 1)}
"""The kinds that this module draws; joins are drawn in ``joins``."""

BATCH = 2
"""Two samples: batch normalisation needs more than one, and no axis of ours is the batch by chance."""

REFUSALS = (RuntimeError, ValueError, TypeError, IndexError, AssertionError, ZeroDivisionError)
"""What torch raises at a layer or an input that it does not take."""

_RANKS = (1, 2, 3, 4, 5)
"""How many axes an input has where a kind takes any number."""

_LARGEST = {1: 40, 2: 32, 3: 14, 4: 9}
"""The largest size of an axis, by the number of axes: all reach past any kernel drawn, none is slow."""


Case: TypeAlias = tuple[Layer, tuple[int, ...]]
"""A layer and its input's shape, without the batch."""

Site: TypeAlias = tuple[str, str | None, int]
"""Which need of a kind: its code, its field, and the line of its ``why``."""


@dataclass
class Tally:
    """What a run of ``check_contract`` met; ``ours`` are the needs that torch does not have."""

    accepted: int = 0
    refused: int = 0
    beyond_torch: int = 0
    needs: set[Site] = dataclasses.field(default_factory=set)
    failed_alone: set[Site] = dataclasses.field(default_factory=set)
    ours: set[Site] = dataclasses.field(default_factory=set)

    @property
    def examples(self) -> int:
        """How many examples were drawn."""
        return self.accepted + self.refused + self.beyond_torch


def failing(layer: Layer, x: Shape) -> list[Need]:
    """The needs that do not hold."""
    return [need for need in layer.checks(x) if not need.holds]


# Drawing


@st.composite
def cases(draw: st.DrawFn, kind: type[Layer]) -> Case:
    """A layer of this kind and an input for it: one that the kind takes, or one a change or two away.

    A third each are taken, changed until they are not, and on the edge of what is taken; for it is at
    the edges that two rules differ.
    """
    x, values = _drawn(draw, kind)
    for _ in range(12):
        failed = next(iter(failing(kind(**values), x)), None)
        if failed is None:
            break
        if failed.field in values and draw(_flips):
            values[failed.field] = draw(_values(kind, failed.field))
        else:
            x, values = _drawn(draw, kind)
    sort = draw(_sorts)
    if sort == "edge":
        x = _on_the_edge(draw, kind(**values), x)
    values |= {name: arriving for name, arriving in kind(**values).infers(x).items() if draw(_flips)}
    for _ in range(6 if sort == "changed" else 0):
        change = draw(_changes(kind))
        if change:
            values[change] = draw(_values(kind, change))
        else:
            x = draw(_shapes(draw(_ranks_around(kind))))
        if failing(kind(**values), x):
            break
    return kind(**values), x


def _on_the_edge(draw: st.DrawFn, layer: Layer, x: tuple[int, ...]) -> tuple[int, ...]:
    """The input with one axis as small as the layer takes it, or smaller by one."""
    axis = draw(st.integers(0, len(x) - 1))
    smaller = [(*x[:axis], size, *x[axis + 1 :]) for size in range(1, x[axis] + 1)]
    smallest = next((index for index, y in enumerate(smaller) if not failing(layer, y)), len(smaller) - 1)
    return smaller[max(smallest - draw(_flips), 0)]


def _drawn(draw: st.DrawFn, kind: type[Layer]) -> tuple[tuple[int, ...], dict[str, Any]]:
    """An input, and the fields but for those that the input tells."""
    x = draw(_shapes(draw(_ranks(kind))))
    required = [name for name in fields_of(kind) if name not in defaults_of(kind)]
    told = kind(**dict.fromkeys(required, 1)).infers(x)
    values = {
        name: draw(_values(kind, name))
        for name in fields_of(kind)
        if name in required or (name not in told and draw(_mostly))
    }
    return x, values


# Strategies are kept, since Hypothesis takes longer to look at a new one than to draw from it.

_flips = st.booleans()
_mostly = st.sampled_from((True, True, False))
_sorts = st.sampled_from(("taken", "changed", "edge"))


@cache
def _values(kind: type[Layer], field: str) -> st.SearchStrategy[Any]:
    return fields_of(kind)[field].values(kind.axes)


@cache
def _changes(kind: type[Layer]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *fields_of(kind)])


@cache
def _ranks(kind: type[Layer]) -> st.SearchStrategy[int]:
    return st.sampled_from(kind.ranks or _RANKS)


@cache
def _ranks_around(kind: type[Layer]) -> st.SearchStrategy[int]:
    ranks = kind.ranks or _RANKS
    # Legal ones more often, so that other changes to the input are not lost among these.
    return st.sampled_from([*range(max(1, min(ranks) - 1), max(ranks) + 2), *ranks * 3])


@cache
def _shapes(rank: int) -> st.SearchStrategy[tuple[int, ...]]:
    # Small ones more often, since that is where windows stop to fit, and channels that groups divide.
    size = st.integers(1, 3) | st.integers(1, _LARGEST.get(rank, 5))
    channels = st.sampled_from((1, 2, 3, 4, 6, 8, 12)) | size
    return st.tuples(channels, *[size] * (rank - 1))


@dataclass(frozen=True)
class Sizes:
    """A layer, inputs that differ along some axes, and what of the layer is hidden too.

    ``open`` says whether symbols keep their comparisons open, as on the walk that finds closed forms.
    """

    layer: Layer
    inputs: tuple[tuple[int, ...], ...]
    axes: tuple[bool, ...]
    fields: frozenset[str]
    open: bool


@st.composite
def sizes(draw: st.DrawFn, kind: type[Layer]) -> Sizes:
    """A layer and inputs for it, some of whose sizes ``check_sizes`` asks for as something else than ints."""
    layer, x = draw(cases(kind))
    varied = draw(st.tuples(*[st.booleans()] * len(x)))
    others = [draw(_shapes(len(x))) for _ in range(3)]
    inputs = [tuple(new if vary else old for new, old, vary in zip(y, x, varied, strict=True)) for y in others]
    names = [name for name, field in fields_of(kind).items() if isinstance(field, Size | PerAxis | Place)]
    names = [name for name in names if getattr(layer, name) is not None]
    fields = draw(st.frozensets(st.sampled_from(names))) if names else frozenset()
    return Sizes(layer, (x, *inputs), varied, fields, draw(_flips))


# torch


def stated_call(layer: Layer, x: Shape) -> tuple[str, list[Any], dict[str, Any]]:
    """The constructor call with what the layer states, also where something else arrives."""
    call = layer.torch(x)
    args, kwargs = list(call.args), dict(call.kwargs)
    for name in layer.infers(x):
        stated = getattr(layer, name)
        if stated is not None and name in layer.positional:
            args[layer.positional.index(name)] = stated
        elif stated is not None:
            kwargs[name] = stated
    return call.name, args, kwargs


def built(layer: Layer, x: Shape) -> torch.nn.Module:
    """The layer in torch, in training mode."""
    name, args, kwargs = stated_call(layer, x)
    if layer.own_parameter:
        return Parameter(layer, layer.torch(x))
    module: torch.nn.Module = class_of(type(layer), name)(*args, **kwargs)
    return module.train()


def trained_in_torch(layer: Layer, x: Shape, batch: int = BATCH) -> Any:
    """(module, output) of one training step on random values, or what torch raised."""
    with without_onednn():
        try:
            module = built(layer, x)
            # Times one: what arrives inside a network is no leaf, and may be worked on in place.
            output = module(torch.randn(batch, *x, requires_grad=True) * 1)
            output.sum().backward()
        except REFUSALS as refusal:
            return refusal
    return module, output


def _evaluated(module: torch.nn.Module, x: Shape) -> torch.Tensor:
    """The output without training, for which torch has other kernels (``max_pool1d``)."""
    with without_onednn(), torch.no_grad():
        output: torch.Tensor = module.eval()(torch.randn(BATCH, *x))
        module.train()
        return output


@contextmanager
def without_onednn() -> Iterator[None]:
    """torch as the oracle: warnings are no refusals, and oneDNN stays out.

    For on a CPU with AVX-512 oneDNN writes beyond its memory (torch 2.13) when the gradient is taken of
    ``Conv3d(1, 8, 4, stride=2, padding=(3, 0, 1))`` for 2 × 1 × 2 × 4 × 3. What torch takes is checked
    before oneDNN or torch's own kernels are chosen.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.backends.mkldnn.flags(enabled=False):
            yield


def _runs(layer: Layer, x: Shape) -> bool:
    """Whether torch gives an output at all; no gradient, which may be what we guard against."""
    try:
        _evaluated(built(layer, x), x)
    except REFUSALS:
        return False
    return True


def macs_in_torch(module: torch.nn.Module, x: Shape) -> int:
    """torch's own count for one sample; on the meta device, which counts what the CPU forgets.

    In evaluation, since batch normalisation reads its count of batches, which meta does not have.
    """
    with without_onednn(), FlopCounterMode(display=False) as counter:
        module.eval().to("meta")(torch.empty(BATCH, *x, device="meta"))
    flops: int = counter.get_total_flops()
    assert flops % (2 * BATCH) == 0
    return flops // (2 * BATCH)


# The contract


def check_case(case: Case, tally: Tally) -> None:
    """Hold one layer against torch: what it accepts, gives, learns, keeps and costs."""
    layer, x = case
    needs = list(layer.checks(x))
    for need in needs:
        _check_need(layer, need)
    failed = failing(layer, x)
    binding = {_site(need) for need in failed if not need.beyond_torch}
    tally.needs |= {_site(need) for need in needs if not need.beyond_torch}
    tally.ours |= {_site(need) for need in needs if need.beyond_torch}
    if binding:
        assert isinstance(trained_in_torch(layer, x), Exception), (
            f"torch accepts what fails {[need.why() for need in failed]}"
        )
        tally.refused += 1
        if len({_site(need) for need in failed}) == 1:
            tally.failed_alone |= binding
    elif failed:
        tally.beyond_torch += 1
    else:
        result = trained_in_torch(layer, x)
        assert not isinstance(result, Exception), f"torch refuses it: {result}"
        tally.accepted += 1
        _check_accepted(layer, x, *result)


def _site(need: Need) -> Site:
    return need.code, need.field, need.why.__code__.co_firstlineno


def _check_need(layer: Layer, need: Need) -> None:
    assert type(need.holds) is bool
    assert need.code in CODES
    known = fields_of(type(layer))
    assert need.field is None or need.field in known
    if not need.holds:
        assert need.why()
        for name, value in (need.mend or {}).items():
            assert known[name].read(value, layer.axes) == value


def _check_accepted(layer: Layer, x: Shape, module: torch.nn.Module, output: torch.Tensor) -> None:
    out = layer.out(x)
    assert all(type(size) is int for size in out)
    assert (BATCH, *out) == tuple(output.shape)
    assert (BATCH, *out) == tuple(_evaluated(module, x).shape)
    # A parameter's own name is the layer's, and so there is none below it.
    names = {"parameter": ""} if layer.own_parameter else {}
    assert layer.weights(x) == {names.get(n, n): tuple(value.shape) for n, value in module.named_parameters()}
    assert layer.buffers(x) == {name: tuple(value.shape) for name, value in module.named_buffers()}
    assert {*layer.weights(x), *layer.buffers(x)} == {names.get(n, n) for n in module.state_dict()}
    macs = layer.macs(x)
    assert type(macs) is int
    assert macs == macs_in_torch(module, x)


def check_contract(kind: type[Layer], chosen: settings | None = None) -> Tally:
    """Draw layers of this kind and check each; AssertionError at a counterexample."""
    tally = Tally()
    _for_each(cases(kind), lambda case: check_case(case, tally), chosen or thorough(kind))
    return tally


def check_sizes(kind: type[Layer], chosen: settings | None = None) -> None:
    """Hold the rules on arrays, symbols and unknown sizes against the same rules on ints."""
    _for_each(sizes(kind), check_sizes_of, chosen or thorough(kind, slow=True))


# The number of samples

BATCHES = (1, BATCH)
"""The batches that are run: what one sample meets, any batch does, and two samples meet every condition so far."""


def check_batch(case: Case) -> bool:
    """Hold what a layer asks of the number of samples against torch, in both modes; whether it asks for anything."""
    layer, x = case
    if failing(layer, x):
        return False
    needs = list(layer.batch_needs(x))
    for need in needs:
        assert type(need.met_by_one) is bool
        assert need.code in CODES
        assert need.why()
        assert need.samples <= max(BATCHES), "no batch that is run meets it"
    for batch in BATCHES:
        unmet = [need for need in needs if need.samples > batch]
        trained = trained_in_torch(layer, x, batch)
        assert isinstance(trained, Exception) == bool(unmet), (
            f"training {batch}: {trained if isinstance(trained, Exception) else 'taken'}, where {needs} is said"
        )
        asked = [need for need in unmet if not need.only_in_training]
        assert _evaluates(layer, x, batch) != bool(asked), f"evaluation of {batch}, where {needs} is said"
        if not unmet:
            assert tuple(trained[1].shape) == (batch, *layer.out(x))
    return any(not need.met_by_one for need in needs)


def _evaluates(layer: Layer, x: Shape, batch: int) -> bool:
    with without_onednn(), torch.no_grad():
        try:
            built(layer, x).eval()(torch.randn(batch, *x))
        except REFUSALS:
            return False
    return True


def check_batches(kind: type[Layer]) -> int:
    """Check layers of this kind, on their inputs and on one value a channel; how many ask for more than one sample."""
    asking = 0
    for layer, x in accepted(kind):
        asking += sum(map(check_batch, {(layer, x), (layer, (x[0], *[1] * (len(x) - 1)))}))
    return asking


# Constructor and flags


def check_constructor(kind: type[Layer]) -> None:
    """The fields and their defaults are torch's, and the call says no more than it must."""
    if kind.own_parameter:
        return
    parameters = inspect.signature(class_of(kind, kind.__name__)).parameters
    assert set(fields_of(kind)) <= set(parameters)
    assert kind.positional == tuple(parameters)[: len(kind.positional)]
    for name, default in defaults_of(kind).items():
        expected = parameters[name].default
        # What torch requires and the input tells may be left out here.
        assert default == (None if expected is inspect.Parameter.empty else expected), name
    for layer, x in accepted(kind):
        call = layer.torch(x)
        assert len(call.args) == len(kind.positional)
        assert all(value != defaults_of(kind).get(name, ...) for name, value in call.kwargs.items())


def check_flags(kind: type[Layer]) -> None:
    """What a kind says of its training is how torch behaves, over the accepted layers together."""
    passes = [_two_passes(*case) for case in accepted(kind)]
    assert any(not torch.equal(*two) for two in passes) == kind.random_in_training
    assert any(_sees_the_other_sample(*case) for case in accepted(kind)) == kind.batch_statistics
    assert all(_is_softmax(*case) for case in accepted(kind)) == kind.gives_probabilities


def _two_passes(layer: Layer, x: Shape) -> tuple[torch.Tensor, torch.Tensor]:
    module, inputs = built(layer, x), torch.randn(BATCH, *x)
    # A power of a negative number is no number, and not equal to itself.
    return module(inputs.clone()).nan_to_num(), module(inputs.clone()).nan_to_num()


def _sees_the_other_sample(layer: Layer, x: Shape) -> bool:
    module, inputs = built(layer, x), torch.randn(BATCH, *x)
    first = []
    for batch in (inputs, torch.cat([inputs[:1], torch.randn(1, *x)])):
        torch.manual_seed(0)
        first.append(module(batch.clone())[0].nan_to_num())
    return not torch.equal(*first)


def _is_softmax(layer: Layer, x: Shape) -> bool:
    module, inputs = built(layer, x), torch.randn(BATCH, *x)
    output = module(inputs.clone())
    softmaxes = [
        softmax(inputs, axis) for softmax in (torch.softmax, torch.log_softmax) for axis in range(1, len(x) + 1)
    ]
    return any(output.shape == softmax.shape and torch.allclose(output, softmax) for softmax in softmaxes)


# Runs


@cache
def accepted(kind: type[Layer]) -> list[Case]:
    """Some fifty layers that take their inputs, the same ones every time."""
    found: list[Case] = []

    def keep(case: Case) -> None:
        if not failing(*case):
            found.append(case)

    _for_each(cases(kind), keep, steady(75))
    return found


def failing_alone(kind: type[Layer], site: Site) -> Case:
    """A layer and an input at which this need fails and no other; NoSuchExample if there is none."""
    return find(
        cases(kind),
        lambda case: {_site(need) for need in failing(*case)} == {site},
        settings=steady(5_000),
        random=Random(0),
    )


def taken_by_torch_alone(kind: type[Layer], site: Site) -> Case:
    """Likewise, where torch takes the input nevertheless."""
    return find(
        cases(kind),
        lambda case: {_site(need) for need in failing(*case) if need.beyond_torch} == {site} and _runs(*case),
        settings=steady(5_000),
        random=Random(0),
    )


def thorough(kind: type[Layer], *, slow: bool = False) -> settings:
    """How many examples the profile asks for; more for a kind with more fields, which has more corners."""
    examples = settings().max_examples * (2 + len(fields_of(kind))) // (8 if slow else 4)
    return settings(settings(), max_examples=examples, database=None, deadline=None)


def steady(examples: int) -> settings:
    """The same examples every time, up to the first that fails."""
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )


def _for_each(strategy: st.SearchStrategy[Any], check: Callable[[Any], None], chosen: settings) -> None:
    @chosen
    @given(strategy)
    def run(case: Any) -> None:
        check(case)

    run()


# The same rule on every kind of size


def check_sizes_of(case: Sizes) -> None:
    """The rules of one layer on hidden sizes, against its rules on ints."""
    on_ints = [_rules(case.layer, x) for x in case.inputs]
    on_arrays = _rules(case.layer, _hidden(case, lambda axis: np.array([x[axis] for x in case.inputs])))
    letters: dict[Any, int] = {}
    layer = _lettered(case, letters)
    on_symbols = _rules(layer, _hidden(case, lambda axis: symbolic.Open(_letter(axis)) if case.open else _letter(axis)))
    for index, expected in enumerate(on_ints):
        letters |= {_letter(axis): size for axis, size in enumerate(case.inputs[index])}
        assert expected == {name: element(value, index, len(on_ints)) for name, value in on_arrays.items()}
        assert expected == {name: substituted(symbolic.closed(value), letters) for name, value in on_symbols.items()}
    unknown = msgspec.structs.replace(case.layer, **dict.fromkeys(case.fields, UNKNOWN))
    for name, value in _rules(unknown, _hidden(case, lambda _: UNKNOWN)).items():
        assert value is UNKNOWN or value is None or value == on_ints[0][name], name
    if True in case.axes:
        _check_along(case, case.axes.index(True))


def _check_along(case: Sizes, axis: int) -> None:
    """The rules on a function of one axis, where one is found, against those on ints."""
    x = case.inputs[0]
    try:
        along = _rules(case.layer, (*x[:axis], Along.axis_itself("n"), *x[axis + 1 :]))
    except NotPeriodic:
        return
    for size in {y[axis] for y in case.inputs}:
        expected = _rules(case.layer, (*x[:axis], size, *x[axis + 1 :]))
        for name, value in along.items():
            found = value(size) if isinstance(value, Along) else size in value if isinstance(value, Where) else value
            assert found == expected[name], name


def _letter(axis: int) -> Any:
    return symbolic.size(f"n{axis}")


def _rules(layer: Layer, x: Shape) -> dict[str, Any]:
    """Everything that the layer says about an input, by name."""
    said: dict[str, Any] = {}
    for number, need in enumerate(layer.checks(x)):
        said[f"need {number} {need.code} {need.field}"] = need.holds
        if need.code == "A202" and need.holds is False:
            return said
    for name, shape in {"out": layer.out(x), **layer.weights(x), **layer.buffers(x)}.items():
        said |= {f"{name}[{axis}]": size for axis, size in enumerate(shape)}
    for number, asked in enumerate(layer.batch_needs(x)):
        said[f"batch {number} {asked.code} {asked.only_in_training} {asked.least}"] = asked.met_by_one
    return {**said, "macs": layer.macs(x)}


def _hidden(case: Sizes, size: Callable[[int], Dim]) -> Shape:
    """The input with something else in place of the axes that vary."""
    return tuple(size(axis) if vary else case.inputs[0][axis] for axis, vary in enumerate(case.axes))


def _lettered(case: Sizes, letters: dict[Any, int]) -> Layer:
    """The layer with symbols for the positive numbers in its hidden fields, which ``letters`` keeps."""

    def letter(name: str, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(letter(f"{name}{axis}", entry) for axis, entry in enumerate(value))
        if type(value) is not int or value < 1:
            return value
        symbol = symbolic.size(name)
        letters[symbol] = value
        return symbol

    return msgspec.structs.replace(
        case.layer, **{name: letter(name, getattr(case.layer, name)) for name in case.fields}
    )


def element(value: Any, index: int, count: int) -> Any:
    """One entry of what may be an array of so many, as a number or truth of Python's."""
    found = np.broadcast_to(value, (count,))[index].item()
    assert type(found) in (int, bool)
    return found


def substituted(value: Any, letters: dict[Any, int]) -> Any:
    """What may be an expression or a relation, with numbers for its symbols, as a number or truth of Python's."""
    if not hasattr(value, "xreplace"):
        return value
    found = value.xreplace({symbol: sympy.Integer(size) for symbol, size in letters.items()})
    if found in (sympy.true, sympy.false):
        return bool(found)
    assert found.is_Integer, found
    return int(found)
