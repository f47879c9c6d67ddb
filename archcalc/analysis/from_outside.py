"""Errors that a spec has only with the settings that were given from outside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from contextlib import suppress

from msgspec.structs import replace

from archcalc.diagnostics.log import Log, TooManyErrors
from archcalc.diagnostics.model import Diagnostic, Span
from archcalc.network.elaborate import elaborate
from archcalc.sizes.rules import Shape
from archcalc.spec.model import Spec
from archcalc.spec.settings import Setting, setting_text


def from_outside(
    errors: Sequence[Diagnostic], spec: Spec, settings: Mapping[str, Setting], input_shape: Shape | None
) -> list[Diagnostic]:
    """The errors of an elaboration; one that is there for a setting's sake says so, since the file says another value.

    A setting is a reason where the error goes with it; where none is by itself, all are if it goes with all of them.
    """
    if not errors or not settings:
        return list(errors)
    without = {name: _kinds_without({name}, spec, settings, input_shape) for name in settings}
    without_any = _kinds_without(settings.keys(), spec, settings, input_shape)
    told = []
    for error in errors:
        kind = error.code, error.span
        reasons = [name for name in settings if kind not in without[name]]
        if not reasons and kind not in without_any:
            reasons = list(settings)
        values = " and ".join(f"`{name}` is {setting_text(settings[name])}" for name in reasons)
        more = f"; {values} here, set from outside" if reasons else ""
        told.append(replace(error, message=error.message + more))
    return told


def _kinds_without(
    names: Set[str], spec: Spec, settings: Mapping[str, Setting], input_shape: Shape | None
) -> set[tuple[str, Span | None]]:
    """The codes and places of the errors of an elaboration without the settings of some names."""
    log = Log(spec.file)
    with suppress(TooManyErrors):
        elaborate(spec, {name: value for name, value in settings.items() if name not in names}, input_shape, log)
    return {(error.code, error.span) for error in log.found}
