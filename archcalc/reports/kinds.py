"""The layer kinds: each in a line, one with its fields, and all of it for tools."""

from __future__ import annotations

import json
from collections.abc import Iterable
from inspect import cleandoc

from msgspec import Struct, to_builtins

from archcalc.layers.contract import Layer
from archcalc.layers.record import defaults_of, fields_of
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.terminal_text import BOLD, PLAIN, Style


class FieldShown(Struct, frozen=True):
    """A field of a kind: what it takes, and the value that it has where it is left out, unless it must be given.

    ``default`` is ``None``, too, where it then follows from what arrives, or from another field.
    """

    name: str
    takes: str
    required: bool
    default: bool | int | float | str | tuple[int, ...] | None

    @property
    def default_text(self) -> str:
        """The default as a spec writes it; empty where the field must be given."""
        if self.required:
            return ""
        if self.default is None:
            return "left out"
        return str(self.default).lower() if isinstance(self.default, bool) else str(self.default)


class KindShown(Struct, frozen=True):
    """A layer kind: the ``shapes`` that it takes and gives, what it is in ``torch``, its formula and its fields."""

    kind: str
    family: str
    shapes: str
    torch: str
    formula: str
    fields: tuple[FieldShown, ...]


def shown(kind: type[Layer]) -> KindShown:
    """What there is to say of a kind, from its docstring and its fields."""
    signature, _, formula = cleandoc(kind.__doc__ or "").partition("\n")
    shapes, _, torch = signature.partition("; ")
    defaults = defaults_of(kind)
    fields = tuple(
        FieldShown(name, field.describe(), name not in defaults, defaults.get(name))
        for name, field in fields_of(kind).items()
    )
    family = kind.__module__.rpartition(".")[2]
    return KindShown(kind.kind, family, shapes, torch.removesuffix("."), formula.strip(), fields)


def render_each(kinds: Iterable[type[Layer]], style: Style = PLAIN) -> str:
    """Each kind in a line."""
    rows = [(one.kind, one.shapes, one.torch) for one in map(shown, kinds)]
    return "\n".join(aligned((Heading("kind"), Heading("shapes", least=20), Heading("in torch", least=8)), rows, style))


def render(kind: type[Layer], style: Style = PLAIN) -> str:
    """A kind at length."""
    one = shown(kind)
    parts = [f"{style.paint(BOLD, one.kind)}: {one.shapes}" + (f"; {one.torch}" if one.torch else "")]
    parts += [one.formula] if one.formula else []
    rows = [(field.name, field.default_text or "must be given", field.takes) for field in one.fields]
    heads = (Heading("field"), Heading("default"), Heading("takes"))
    parts.append("\n".join(aligned(heads, rows, style)) if rows else "It has no fields.")
    return "\n\n".join(parts)


def render_json(kinds: Iterable[type[Layer]]) -> str:
    """An array with an object for each kind, in ASCII. ``schemas/kinds.json`` is the contract."""
    return json.dumps([to_builtins(shown(kind)) for kind in kinds], indent=2)
