"""A hostile input: files, and the command that is asked about them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec
import yaml

from archcalc.layers.contract import KINDS, Layer
from archcalc.layers.fields import Field, FieldError
from archcalc.layers.record import defaults_of, fields_of

CANARY = "PWNED"
"""What hostile code would make: a file of this name, or a name in what runs."""

FORGED = "FORGED"
"""What hostile text would print at the beginning of a line of its own."""

SPEC = "net.yaml"


class Case(msgspec.Struct, frozen=True):
    """Arguments of ``archcalc``, and the files that lie where it is run. ``slot`` is what was filled with ``what``."""

    family: str
    slot: str
    what: str
    arguments: tuple[str, ...]
    files: dict[str, bytes] = {}
    stdin: bytes = b""

    def __str__(self) -> str:
        return (
            f"{self.family}: {self.slot} = {ascii(self.what)[:100]}: archcalc {ascii(' '.join(self.arguments))[:100]}"
        )


_ASKED = (
    ("check", SPEC),
    ("generate", SPEC, "--target", "torch", "--out", "out"),
    ("check", SPEC, "--format", "json"),
    ("law", SPEC),
    ("explain", SPEC),
    ("check", SPEC, "--depth", "all", "--no-laws"),
    ("sweep", SPEC, "--input", "H=6:12", "--format", "csv"),
    ("law", SPEC, "--format", "latex"),
    ("fix", SPEC),
    ("generate", SPEC, "--target", "torch", "--out", "out", "--check"),
    ("solve", SPEC, "--want", "params > 1", "--over", "input"),
    ("law", SPEC, "--format", "python"),
    ("explain", SPEC, "--format", "json"),
    ("fix", SPEC, "--apply", "1"),
    ("sweep", SPEC, "--input", "H=6:12", "--format", "json"),
    ("law", SPEC, "--format", "json"),
    ("sweep", SPEC, "--input", "H=6:12", "--out", "rows.csv"),
    ("draw", SPEC, "--format", "dot"),
    ("draw", SPEC, "--format", "mermaid", "--depth", "all"),
    ("draw", SPEC, "--format", "html", "--out", "out.html"),
)

# Ten times as fast, where yaml has it.
_DUMPER = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


def asked(number: int, preset: str | None = None) -> tuple[str, ...]:
    """One of the commands about ``SPEC``: the same one for the same number."""
    arguments = _ASKED[number % len(_ASKED)]
    return arguments if preset is None or arguments[0] in ("check", "generate") else (*arguments, "--preset", preset)


def written(document: object) -> bytes:
    """A document as YAML."""
    text = yaml.dump(document, Dumper=_DUMPER, sort_keys=False, allow_unicode=False, width=10**6)
    return str(text).encode()


def slots() -> Iterator[tuple[str, type[Layer], str]]:
    """Every field of every kind: what it is called, the kind, the field."""
    for name, kind in KINDS.items():
        for field in fields_of(kind):
            yield f"{name}.{field}", kind, field


def with_field(kind: type[Layer], field: str | None = None, value: object = None) -> dict[str, object]:
    """A spec of a layer of a kind, with a value in one of its fields."""
    ranks = kind.ranks or (3,)
    layer: dict[str, object] = {"name": "one", "kind": kind.kind}
    layer |= {name: _plausible(fields_of(kind)[name]) for name in fields_of(kind) if name not in defaults_of(kind)}
    layers: list[dict[str, object]] = [{"name": "first", "kind": "relu"}, {"name": "second", "kind": "relu"}]
    if kind.arity != (1, 1):
        layer["from"] = ["first", "second"]
    if field is not None:
        layer[field] = value
    return {"archcalc": 1, "name": "Hostile", "input": [4, 9, 9, 9][: ranks[0]], "layers": [*layers, layer]}


def _plausible(field: Field) -> object:
    for value in (2, 1, 0, [2], [1, 2], [2, 2], "zeros", 0.5):
        try:
            field.read(tuple(value) if isinstance(value, list) else value, 2)
        except (FieldError, TypeError):
            continue
        return value
    return 2
