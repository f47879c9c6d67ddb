"""Kinds with one rule broken, for tests that must find it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import new_class
from typing import Annotated, Any

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.need import Need
from archcalc.sizes.rules import (
    Shape,
)

ENOUGH = 5_000
"""Examples for a mutant: most fall among the first fifty, the last at some thousand."""


def broken(kind: str, **attributes: Any) -> type[Layer]:
    """The kind with some of its methods or class attributes replaced; it is not registered."""
    whole = KINDS[kind]
    return new_class(whole.__name__, (whole,), exec_body=lambda body: body.update(attributes, __module__=__name__))


def without(kind: str, code: str, field: str | None = None) -> type[Layer]:
    """The kind without its needs of a code."""

    def needs(self: Layer, *xs: Shape) -> Iterator[Need]:
        return (need for need in KINDS[kind].needs(self, *xs) if (need.code, need.field) != (code, field or need.field))

    return broken(kind, needs=needs)


def stricter(kind: str, code: str, holds: Callable[[Any, Shape], bool]) -> type[Layer]:
    """The kind with one need more."""

    def needs(self: Layer, x: Shape) -> Iterator[Need]:
        yield from KINDS[kind].needs(self, x)
        yield Need(holds(self, x), code, lambda: "breaks a rule that torch does not have")

    return broken(kind, needs=needs)


def after(kind: str, method: str, change: Callable[[Any, Any], Any]) -> type[Layer]:
    """The kind with what one method gives changed."""
    return broken(kind, **{method: lambda self, x: change(self, getattr(KINDS[kind], method)(self, x))})


def with_default(kind: str, field: str, vocabulary: Any, default: Any) -> type[Layer]:
    return broken(kind, __annotations__={field: Annotated[Any, vocabulary]}, **{field: default})
