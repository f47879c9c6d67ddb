"""The one class system for what a spec describes: frozen, keyword-only, compared by value."""

from __future__ import annotations

from functools import cache
from typing import Any, dataclass_transform

from msgspec import NODEFAULT, Struct, StructMeta

from archcalc.layers.fields import Field


class _RecordMeta(StructMeta):
    # msgspec does not pass `kw_only` on to subclasses; here every class in the tree is alike.
    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, object], **options: Any) -> type:
        return super().__new__(mcls, name, bases, namespace, **{"frozen": True, "kw_only": True} | options)


@dataclass_transform(kw_only_default=True)
class Record(Struct, metaclass=_RecordMeta):
    """A base for classes whose attributes are fields; see ``archcalc.layers.fields``."""


@cache
def fields_of(kind: type[Struct]) -> dict[str, Field]:
    """The fields of a record class, in torch's order, with their vocabulary."""
    found: dict[str, Field] = {}
    for base in reversed(kind.__mro__):
        for name, annotation in getattr(base, "__annotations__", {}).items():
            if isinstance(annotation, str) and "Annotated" in annotation:
                raise TypeError(f"{base.__module__} must not import annotations from __future__")
            for mark in getattr(annotation, "__metadata__", ()):
                if isinstance(mark, Field):
                    found[name] = mark
    return found


@cache
def follows_of(kind: type[Struct]) -> dict[str, int]:
    """The fields that follow from the input, with the axis that each is the size of."""
    axes = {name: field.follows_axis for name, field in fields_of(kind).items()}
    return {name: axis for name, axis in axes.items() if axis is not None}


@cache
def defaults_of(kind: type[Struct]) -> dict[str, Any]:
    """The fields that a spec may leave out, with their values."""
    defaults = kind.__struct_defaults__
    names = kind.__struct_fields__[len(kind.__struct_fields__) - len(defaults) :]
    given = {name: value for name, value in zip(names, defaults, strict=True) if value is not NODEFAULT}
    return {name: value for name, value in given.items() if name in fields_of(kind)}
