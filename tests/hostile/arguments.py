"""Arguments: hostile texts and numbers in every option and argument that a command has."""

from __future__ import annotations

from collections.abc import Iterator

import click

from archcalc.cli.main import COMMANDS, cli
from tests.hostile.case import SPEC, Case
from tests.hostile.numbers import SPELT
from tests.hostile.structure import HEAD
from tests.hostile.words import WORDS

_SPEC = HEAD + "let: {n: 4}\nlayers:\n  - {name: conv, kind: conv2d, out_channels: n, kernel_size: 3}\n"
_NEEDED = {
    # V8 asks the system for what nothing else may: libraries, and sockets between its own threads.
    "draw": ("--format", "html"),
    "generate": ("--target", "torch", "--out", "out"),
    "solve": ("--want", "params > 1", "--over", "input"),
}
_RANGES = (
    "1:2:0", "1:0", "0:10**9", "1:1000000000", "1:9:-1", ":", "::", ",", "1,,2", "1:2:3:4", "a:b", "1e400:2",
    "0.1:1:1e-9", "nan", "inf:inf", "true:false", "9" * 400, "1:" + "9" * 400, ",".join(["7"] * 5000), "0.5:2:0.0001",
    "-5:5",
)  # fmt: skip
_CONDITIONS = (
    "params", "params >", "> 1", "params > 1 > 2", "params == params", "params ** params ** params > 1",
    "__import__('os').mkdir('PWNED')", "params > 1/0", "1", "", "and", "params > 1 and", "conv.H == 6 or 1",
    "params > 1" + " and params > 1" * 3000, "(" * 3000 + "params" + ")" * 3000 + " > 1", "n.H > 1",
    "input.H == 1e400", "params.__class__ == 1", "conv.H.x > 1", "macs <= 9" + "9" * 5000,
)  # fmt: skip


_RANGED = {"sweep": ("--input", "--set"), "solve": ("--range",)}


def cases() -> Iterator[Case]:
    """Some words in each option of each command, others in the next."""
    number = 0
    for name in COMMANDS:
        command = cli.get_command(click.Context(cli), name)
        assert command is not None
        needed = _NEEDED.get(name, ())
        spec = () if name in ("kinds", "list") else (SPEC,)
        for param in command.params:
            option = max(param.opts, key=len)
            for word in (
                *_words(number, 9),
                *(_RANGES if option in _RANGED.get(name, ()) else ()),
            ):
                for given in (
                    (f"n={word}", f"HW={word}", word) if option in ("--set", "--input", "--range") else (word,)
                ):
                    own: tuple[str, ...] = (option, given) if isinstance(param, click.Option) else ("--", given)
                    own = (option,) if getattr(param, "is_flag", False) else own
                    kept = needed if option not in needed else _without(needed, option)
                    arguments = (name, *kept, *(spec if isinstance(param, click.Option) else ()), *own)
                    yield Case(
                        "arguments", f"{name} {option}", given[:80], _possible(arguments), {SPEC: _SPEC.encode()}
                    )
                    number += 1
    for condition in _CONDITIONS:
        for arguments in (
            ("sweep", SPEC, "--input", "H=6:9", "--where", condition),
            ("solve", SPEC, "--want", condition, "--over", "conv.padding,input"),
            ("solve", SPEC, "--want", "params > 1", "--over", condition),
        ):
            yield Case("arguments", arguments[0], condition[:80], arguments, {SPEC: _SPEC.encode()})
    for word in (*WORDS, ""):
        yield Case("arguments", "command", word[:80], _possible((word,)))
        yield Case("arguments", "kinds", word[:80], _possible(("kinds", "--", word)))
        yield Case("arguments", "codes", word[:80], _possible(("explain", "--", word)))
    for text in (b"", b"\xff", b"\0" * 100, _SPEC.encode(), b"#" * (1 << 21)):
        for name in ("check", "fix", "law", "explain", "sweep", "generate"):
            arguments = (name, "-", *_NEEDED.get(name, ()))
            yield Case("arguments", "standard input", repr(text[:20]), arguments, {}, text)


def _words(start: int, many: int) -> Iterator[str]:
    words = (*WORDS, *SPELT)
    return (words[(start + step * 13) % len(words)] for step in range(many))


def _without(needed: tuple[str, ...], option: str) -> tuple[str, ...]:
    place = needed.index(option)
    return (*needed[:place], *needed[place + 2 :])


def _possible(arguments: tuple[str, ...]) -> tuple[str, ...]:
    """Arguments that a process can have: no NUL is in them, and no line of 128 KiB."""
    return tuple(argument.replace("\0", "")[:100_000] for argument in arguments)
