"""Expressions that would run, recur, grow or not end, wherever an expression may stand."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CANARY, SPEC, Case, asked

_HEAD = "archcalc: 1\nname: Hostile\ninput: [4, 9, 9]\n"
_LAST = "  - {name: last, kind: conv2d, out_channels: 4, kernel_size: 1}\n"
SLOTS = {
    "let": "let:\n  n: 3\n  x: @@\nlayers:\n" + _LAST.replace("4,", "x,"),
    "out_channels": "let: {n: 3}\nlayers:\n  - kind: conv2d\n    kernel_size: 1\n    out_channels: @@\n",
    "p": "let: {n: 3}\nlayers:\n  - kind: dropout\n    p: @@\n",
    "repeat": "let: {n: 3}\nlayers:\n  - kind: relu\n    repeat: @@\n" + _LAST,
    "when": "let: {n: 3}\nlayers:\n" + _LAST + "  - kind: relu\n    when: @@\n",
    "name": "let: {n: 3}\nlayers:\n  - kind: relu\n    repeat: n\n    name: @name@\n" + _LAST,
    "input": "let: {n: 3}\ninput:\n- 4\n- @@\n- 9\nlayers:\n" + _LAST,
    "argument": "let: {n: 3}\nblocks: {b: {args: {a}, layers: [{kind: conv2d, out_channels: a, kernel_size: 1}]}}\n"
    "layers:\n  - kind: b\n    a: @@\n",
    "preset": "let: {n, x: 2}\npresets:\n  one:\n    let:\n      n: 1\n      x: @@\n"
    "layers:\n" + _LAST.replace("4,", "x,"),
}  # fmt: skip

HOSTILE = (
    f"__import__('os').mkdir('{CANARY}')", f"open('{CANARY}', 'w')", f"exec('import os; os.mkdir(\"{CANARY}\")')",
    "eval('1')", "().__class__.__mro__[1].__subclasses__()", "n.__class__", "(lambda: 1)()", "[x for x in (1,)]",
    "{1: 2}[1]", "n[0]", "f'{n}'", "'a' * 10**9", "(n := 5)", "await n", "yield", "import os", "n; n",
    "n if n else n", "not not not n", "*n", "**n", "n @ n", "n << 10**9", "1 << 100000", "n ** n ** n ** n",
    "9**9**9**9", "2**1000000", "0.1**100000", "(-1)**0.5", "10**400 / 3", "1e400", "1/0", "n // 0", "n % 0", "0**-1",
    "0**0", "-(2**63)", "1e-400", "min()", "max()", "min(n)", "ceil()", "ceil(1e308)", "floor(n, n)", "round(n)",
    "range(n)", "sum(n)", "n(n)", "max(max)", "x", "in_channels", "index", "None", "True", "...", "n == n == n == n",
    "1 < 2 < 3 > 2", "n and n or n", "a.b.c", "n!", "n++", "++n", "n--1", "1__0", "0777", "1_", "٣", "n\u00a0+ 1",
    "n＋1", "ｎ", "n\\\n+1",
)  # fmt: skip


def grown() -> Iterator[tuple[str, str]]:
    """Expressions that are long or deep, at sizes on both sides of a limit."""
    for many in (50, 500, 5000, 50_000):
        yield f"{many} brackets", "(" * many + "n" + ")" * many
        yield f"{many} signs", "-" * many + "n"
        yield f"{many} terms", "n" + " + n" * many
        yield f"{many} factors", "n" + "*n" * many
        yield f"{many} powers", "2" + "**2" * many
        yield f"{many} quotients", "1" + "/7" * many
        yield f"{many} nots", "not " * many + "n"
        yield f"{many} comparisons", "n" + " < n" * many
        yield f"{many} conditions", "n > 1" + " and n > 1" * many
        yield f"{many} calls", "max(" * many + "n" + ")" * many
        yield f"{many} arguments", "max(" + "n, " * many + "n)"
        yield f"{many} digits", "1" * many
        yield f"{many} decimals", "0." + "1" * many


def cases() -> Iterator[Case]:
    """Each expression in each slot."""
    for number, (what, text) in enumerate([*((text, text) for text in HOSTILE), *grown()]):
        for turn, (slot, body) in enumerate(SLOTS.items()):
            head = _HEAD.replace("input: [4, 9, 9]\n", "") if slot == "input" else _HEAD
            quoted = "'" + text.replace("'", "''").replace("\n", " ") + "'"
            filled = body.replace("@@", quoted).replace("@name@", quoted[0] + "r{" + quoted[1:-1] + "}'")
            preset = "one" if slot == "preset" else None
            yield Case("expressions", slot, what, asked(number + turn, preset), {SPEC: (head + filled).encode()})
