"""The one class system for what a spec describes: frozen, keyword-only, compared by value."""

from __future__ import annotations

from typing import Any, dataclass_transform

from msgspec import Struct, StructMeta


class _RecordMeta(StructMeta):
    # msgspec does not pass `kw_only` on to subclasses; here every class in the tree is alike.
    def __new__(mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], **options: Any) -> Any:
        return super().__new__(mcls, name, bases, namespace, **{"frozen": True, "kw_only": True} | options)


@dataclass_transform(kw_only_default=True)
class Record(Struct, metaclass=_RecordMeta):
    """A base for classes whose attributes are fields; see ``archcalc.layers.fields``."""
