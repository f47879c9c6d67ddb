"""The bundled specs, each spoilt at random: cut, doubled, moved, and with words put into them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from random import Random

from archcalc.spec.bundled import bundled_networks, bundled_specs
from tests.hostile.case import SPEC, Case, asked
from tests.hostile.numbers import SPELT
from tests.hostile.words import WORDS

PER_SPEC = 40


def cases() -> Iterator[Case]:
    """Some of each spec; the same ones every time."""
    preset = {one.spec: one.preset for one in bundled_networks()}
    blocks = {f"blocks/{path.name}": path.read_bytes() for path in sorted(_folder().glob("blocks/*.yaml"))}
    for place, (name, path) in enumerate(bundled_specs().items()):
        text = path.read_text("utf-8")
        for number in range(PER_SPEC):
            spoilt = _spoilt(text, Random(place * PER_SPEC + number))
            yield Case("spoilt", name, str(number), asked(place + number, preset.get(name)), {SPEC: spoilt, **blocks})


def _folder() -> Path:
    return next(iter(bundled_specs().values())).parent


def _spoilt(text: str, draw: Random) -> bytes:
    for _ in range(draw.randint(1, 4)):
        at = draw.randrange(len(text) + 1)
        end = min(len(text), at + draw.randint(0, 12))
        lines = text.splitlines(keepends=True)
        line = draw.randrange(len(lines) or 1)
        how = draw.choice(["cut", "put", "swap", "drop", "double", "move", "indent", "byte", "many"])
        word = draw.choice(draw.choice([WORDS, SPELT]))[:2000]
        if how == "cut":
            text = text[:at] + text[end:]
        elif how in ("put", "swap"):
            text = text[:at] + word + text[at if how == "put" else end :]
        elif how == "byte":
            text = text[:at] + chr(draw.randrange(256)) + text[at:]
        elif how == "many":
            text = text.replace(draw.choice(text.split() or [""]) or " ", word, draw.randint(1, 5))
        elif lines:
            taken = lines[line] if how == "double" else lines.pop(line)
            many = draw.choice([1, 1, 1, 500]) if how == "double" else 1
            if how != "drop":
                put = " " * draw.randint(1, 3) * (how == "indent") + taken
                lines[line if how in ("double", "indent") else draw.randrange(len(lines) + 1) : 0] = [put] * many
            text = "".join(lines)
        text = text[: 1 << 20]
    return text.encode("utf-8", "surrogatepass")
