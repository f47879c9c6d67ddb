"""What stands in a field, an argument, a condition or a repeat: numbers, names and expressions over them."""

from __future__ import annotations

from random import Random
from typing import Any

LITERALS: dict[str, list[Any]] = {
    "width": [1, 2, 3, 4, 4, 6],
    "stride": [1, 1, 2],
    "kernel": [1, 3, 3, 5],
    "kernels": [1, 3, [1, 3], [3, 1], [3, 3], [1, 1]],
    "count": [0, 1, 1, 2],
    "mode": [0, 1, 2],
    "flag": [True, False],
    "ratio": [0.25, 0.5, 1.0, 1, 2],
    "slope": [0.1, 0.25, 1.0, 1, 0, 0.0],
}
"""What each kind of argument is drawn from. They overlap: a 1 may be a width, a stride, a ratio, or nearly ``true``."""


class Names:
    """The names that expressions at a place see, by what they hold.

    ``found`` are channels that arrive; ``copied`` says whether ``index`` is known.
    """

    def __init__(self, held: dict[str, str], found: tuple[str, ...] = (), copied: bool = False) -> None:
        self.held, self.found, self.copied = held, found, copied

    def of(self, *kinds: str) -> list[str]:
        return [name for name, kind in self.held.items() if kind in kinds]

    def in_copies(self) -> Names:
        return Names(self.held, self.found, True)


def drawn(random: Random, kind: str, names: Names) -> Any:
    """A value of the kind, a name that holds one, or an expression that gives one."""
    if random.random() < 0.4:
        return literal(random, kind)
    own = names.of(kind)
    if own and random.random() < 0.5:
        return random.choice(own)
    written = _EXPRESSIONS[kind](random, names) if kind in _EXPRESSIONS else None
    if written is None:
        return random.choice(own) if own else literal(random, kind)
    return written


def literal(random: Random, kind: str) -> Any:
    return random.choice(LITERALS[kind])


def condition(random: Random, names: Names, joined: bool = True) -> Any:
    """A condition, most often over names."""
    choices: list[Any] = []
    for name in names.of("flag"):
        choices += [name, f"not {name}"]
    choices += [f"{name} {random.choice(['== 0', '== 1', '!= 1', '> 0', '< 2'])}" for name in names.of("mode", "count")]
    choices += [f"{name} {random.choice(['!= 1', '== 1', '> 1'])}" for name in names.of("stride", "kernel")]
    choices += [f"{one} {random.choice(['!=', '==', '<='])} {random.choice(names.of('width') or ['3'])}"
                for one in (*names.found, *names.of("width"))]  # fmt: skip
    if names.copied:
        choices += ["index == 0", "index != 1", "index % 2 == 0", "index > 0"]
    if not choices or random.random() < 0.06:
        return random.random() < 0.5
    one = random.choice(choices)
    more = random.random() if joined else 0.5
    if more < 0.2:
        return f"{one} {random.choice(['and', 'or'])} {random.choice(choices)}"
    if more > 0.92:
        return f"{one} if {random.choice(choices)} else {random.choice(choices)}"
    return one


def opposite(written: Any) -> Any:
    """The condition that holds where this does not, as one would write it."""
    if isinstance(written, bool):
        return not written
    for one, other in (("==", "!="), ("<=", ">")):
        for sign, turned in ((one, other), (other, one)):
            if f" {sign} " in written and not any(f" {word} " in written for word in ("and", "or", "if")):
                return written.replace(f" {sign} ", f" {turned} ")
    if written.startswith("not ") and " " not in written[4:]:
        return written[4:]
    return f"not {written}" if " " not in written else f"not ({written})"


def _width(random: Random, names: Names) -> str | None:
    widths = [*names.of("width"), *names.found]
    if not widths:
        return None
    one, other = random.choice(widths), random.choice(widths)
    choices = [f"1 + {one} % 4", f"max(1, {one} // 2)", f"min({one}, {other}, 4)", f"1 + ({one} + {other}) % 3"]
    choices += [f"1 + ceil({ratio} * {one}) % 4" for ratio in names.of("ratio")]
    choices += [f"max(1, floor({one} / 3))", f"ceil({one}*0.5)"]
    if names.copied:
        choices += ["2**(index + 1)", f"1 + ({one} + index) % 4", "2**index // 1"]
    return random.choice(choices)


def _stride(random: Random, names: Names) -> str | None:
    choices = [f"min(2, {one})" for one in names.of("kernel", "stride")]
    if names.copied:
        choices += [f"max(1, {random.choice(['2', *names.of('stride')])} - index)"]
        choices += [f"{random.choice(['2', *names.of('stride')])} if index == 0 else 1"]
    return random.choice(choices) if choices else None


def _kernel(random: Random, names: Names) -> str | None:
    choices = [f"2 * {one} + 1" for one in names.of("count", "mode")] + [f"min(3, {one})" for one in names.of("kernel")]
    return random.choice(choices) if choices else None


def _count(random: Random, names: Names) -> str | None:
    choices = [f"max(0, {one} - 1)" for one in names.of("count")] + [f"{one} % 3" for one in names.of("width", "mode")]
    return random.choice(choices) if choices else None


def _mode(random: Random, names: Names) -> str | None:
    choices = [f"{one} % 3" for one in names.of("count", "width")]
    return random.choice(choices) if choices else None


def _ratio(random: Random, names: Names) -> str | None:
    choices = [f"{one} / 2" for one in names.of("ratio")] + [f"0.5*{one}" for one in names.of("ratio", "stride")]
    return random.choice(choices) if choices else None


_EXPRESSIONS: dict[str, Any] = {
    "width": _width,
    "stride": _stride,
    "kernel": _kernel,
    "count": _count,
    "mode": _mode,
    "ratio": _ratio,
    "flag": condition,
}
