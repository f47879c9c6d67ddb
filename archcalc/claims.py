"""Facts against what the source claims: each claim agrees, disagrees, or is a known deviation."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from archcalc.cost import Totals
from archcalc.diagnostics import Log
from archcalc.dims import Shape, is_known
from archcalc.infer import Facts, LayerFacts
from archcalc.layers.base import shape_text
from archcalc.printed import Printed
from archcalc.spec import Claim, Spec

UNITS = {
    "params": "parameters",
    "trainable_params": "trainable parameters",
    "macs": "MACs",
    "flops": "FLOPs",
    "weight_layers": "weight layers",
}


class Compared(Struct, frozen=True):
    """A claim beside what was computed.

    ``agrees`` is ``None`` where nothing can be said: a fault hides the value, or the network was
    changed on the command line and is no longer the one the source speaks of.
    """

    claim: Claim
    computed: Any
    agrees: bool | None


def declared_shapes(spec: Spec) -> dict[str, Shape]:
    """What each layer is claimed to give, deviations that are acknowledged left out."""
    claims = (claim for layer in spec.every_layer() for claim in layer.claims)
    return {
        claim.of: claim.claimed
        for claim in claims
        if claim.of is not None and isinstance(claim.claimed, tuple) and claim.because is None
    }


def compare(spec: Spec, facts: Facts, totals: Totals, as_written: bool) -> tuple[Compared, ...]:
    """Every claim of the spec beside the facts, the layers' first.

    ``as_written`` is false where sizes were changed from outside: then a claim that no longer
    agrees says nothing.
    """
    found = []
    for layer, spec_layer in zip(facts.layers, spec.every_layer(), strict=True):
        found += [_compare(claim, _of_layer(layer, claim.what), as_written) for claim in spec_layer.claims]
    found += [_compare(claim, getattr(totals, claim.what), as_written) for claim in spec.claims]
    return tuple(found)


def _of_layer(layer: LayerFacts, what: str) -> Any:
    return layer.output if what == "shape" else getattr(layer, what)


def _compare(claim: Claim, computed: Any, as_written: bool) -> Compared:
    sizes = computed if isinstance(computed, tuple) else (computed,)
    if computed is None or not is_known(*sizes):
        return Compared(claim, None, None)
    agrees = claim.claimed.agrees(computed) if isinstance(claim.claimed, Printed) else claim.claimed == computed
    return Compared(claim, computed, agrees if agrees or as_written else None)


def report_disagreements(compared: tuple[Compared, ...], log: Log) -> None:
    """A diagnostic for each claim that fails, and a warning for each deviation that is none.

    A total is blamed only where no layer is: it would say the same fault twice.
    """
    blamed = log.has_errors
    for one in compared:
        claim = one.claim
        if one.agrees is False and claim.because is None and not (blamed and claim.of is None):
            blamed = blamed or claim.of is not None
            log.error(
                "A401",
                claim.span,
                _difference(one),
                "check the layer's fields against the source; where the source slips, say so with `because: …`",
            )
        elif one.agrees is True and claim.because is not None:
            log.warning(
                "A402",
                claim.because_span,
                f"`because` explains a deviation, but {_subject(claim)} agrees: {value_text(one.computed)}",
                "remove the `because`, or move it to the claim it is about",
            )


def _difference(one: Compared) -> str:
    claim = one.claim
    said, got = value_text(claim.claimed), value_text(one.computed)
    if claim.what == "shape":
        return f"{_subject(claim)} gives {got}, but the source says {said}"
    assert isinstance(claim.claimed, Printed)
    by = ""
    if claim.claimed.value:
        by = f", {abs(float(one.computed / claim.claimed.value) - 1):.2%} {_more(one)}"
    return f"{_subject(claim)} has {got} {UNITS[claim.what]}, but the source says {said}{by}"


def _more(one: Compared) -> str:
    assert isinstance(one.claim.claimed, Printed)
    return "more" if one.computed > one.claim.claimed.value else "less"


def _subject(claim: Claim) -> str:
    return "the network" if claim.of is None else f"`{claim.of}`"


def value_text(value: Any) -> str:
    """A claimed or computed value as a person reads it."""
    if isinstance(value, Printed):
        return value.text
    if isinstance(value, tuple):
        return shape_text(value)
    return "?" if value is None else f"{value:,}"
