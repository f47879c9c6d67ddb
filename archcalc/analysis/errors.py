"""What the walk found to be wrong, as diagnostics: failed needs, what is probably not meant, too small a batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from archcalc.analysis.batch_limits import batch_limits, least_batch, named
from archcalc.analysis.channel_axis import Axes, arriving
from archcalc.analysis.walk import Facts, Failure, LayerFacts
from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import FailedNeed, Span
from archcalc.layers.need import Need
from archcalc.network.graph import use_labels
from archcalc.sizes.rules import is_known
from archcalc.spec.model import Spec


def report_small_batch(spec: Spec, facts: Facts, log: Log) -> None:
    """That the recipe's batches are too small for the network to be trained on."""
    limits = batch_limits(facts)
    fewest = least_batch(limits, training=True)
    if spec.training is not None and spec.training.batch_size < fewest:
        limit = next(one for one in limits if one.least == fewest)
        message = f"training takes {fewest} samples or more at once, not {spec.training.batch_size}, at "
        message += f"{named(limit.layers)}: {limit.why}"
        log.error("A217", spec.training.batch_span, message, f"`batch_size: {fewest}` or more")


def report_failures(facts: Facts, log: Log, *, training: bool) -> None:
    """The failed needs; those of layers that run in training only if ``training`` says that the network is trained."""
    found = log.once()
    failures = sorted((*facts.failures, *facts.training_failures), key=lambda one: one.place)
    try:
        _gather_failures(facts, failures if training else facts.failures, found)
    finally:
        log.adopt(found)


def _gather_failures(facts: Facts, failures: Iterable[Failure], found: Log) -> None:
    # The entry of a block, or of a repeat, is reported once, however many layers it makes.
    alike: dict[tuple[str, Span], dict[str, Failure]] = {}
    for failure in failures:
        need, spec = failure.need, failure.step.spec
        alike.setdefault((need.code, spec.where(need.field)), {}).setdefault(failure.step.path, failure)
    for (code, span), (failure, *others) in zip(alike, map(dict.values, alike.values()), strict=True):
        more = f", and in {len(others):,} other place{'s' * (len(others) > 1)}" if others else ""
        message = f"`{failure.step.path}` {failure.need.why()}{more}"
        cause = FailedNeed(failure.place, failure.need.field)
        labels = use_labels(failure.step.uses)
        found.error(code, span, message, *failure.need.help, labels=labels, cause=cause)
    advised: set[str] = set()
    for layer, axes in arriving(facts):
        for need in _advice(layer, axes):
            # What follows is in the same case for the same reason, unless a value of its own is the reason.
            if need.holds is False and (need.field is not None or need.code not in advised):
                advised.add(need.code)
                span = layer.step.spec.where(need.field)
                ways = (*need.help, *_advised(need.fix))
                found.warning(
                    need.code, span, f"`{layer.name}` {need.why()}", *ways, labels=use_labels(layer.step.uses)
                )


def _advice(layer: LayerFacts, axes: Axes) -> Iterator[Need]:
    """What is probably not meant of a layer; nothing where it is not known what arrives."""
    kind, xs = layer.step.layer, layer.arriving
    if kind is None or xs is None or not all(is_known(*x) for x in xs):
        return
    yield from kind.advice(*xs)
    if axes.is_map and len(xs) == 1:
        yield from kind.advice_on_maps(*xs)


def _advised(fix: dict[str, object] | None) -> list[str]:
    return (
        [f"if this is intended, write {', '.join(f'`{name}: {value}`' for name, value in fix.items())}"] if fix else []
    )
