"""Texts that are no document, or one that is too deep, too long, circular, or many times itself."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CANARY, SPEC, Case, asked

HEAD = "archcalc: 1\nname: Hostile\ninput: [4, 9, 9]\n"
_BODY = "layers:\n  - {kind: relu}\n"

TAGS = (
    "!!python/object/apply:os.mkdir ['{0}']", "!!python/object/new:os.mkdir ['{0}']", "!!python/name:os.mkdir",
    "!!python/module:os", "!!python/object:subprocess.Popen {{args: [touch, {0}]}}", "!!python/tuple [1]",
    "!!python/bytes x", "!!binary aGk=", "!!set {{a}}", "!!omap [a: 1]", "!!timestamp 2001-01-01", "!!float 1",
    "!!int '1'", "!!str 1", "!!null ''", "!!map {{}}", "!!seq []", "!x y", "!<tag:x> y", "!!merge x", "!!value x",
    "!include {0}", "!!js/function 'x'", "!ruby/object:Gem::Installer {{i: x}}", "!",
)  # fmt: skip

TEXTS = {
    "nothing": b"", "a space": b" ", "a line": b"\n", "a NUL": b"\0", "a mark": b"\xef\xbb\xbf",
    "UTF-16": HEAD.encode("utf-16"), "UTF-32": HEAD.encode("utf-32"), "Latin-1": (HEAD + "# é\n").encode("latin-1"),
    "overlong": b"a: \xc0\x80", "surrogate": b"a: \xed\xa0\x80",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)), "a zip": b"PK\x03\x04" + b"\0" * 60,
    "a shell": b"#!/bin/sh\ntouch PWNED\n", "JSON": b'{"archcalc": 1, "name": "x", "input": [3], "layers": []}',
    "Python": b"import os\nos.mkdir('PWNED')\n", "two documents": (HEAD + _BODY + "---\n" + HEAD).encode(),
    "an end": (HEAD + "...\n" + _BODY).encode(), "a directive": b"%YAML 9.9\n---\na: 1\n", "itself": b"&a [*a]",
    "itself as a key": b"&a {*a: 1}", "a loop of keys": b"a: &a {b: &b {c: *a, d: *b}}", "a list": b"- 1\n",
    "a number": b"1", "a tab": b"\ta: 1", "keys twice": (HEAD + HEAD + _BODY).encode(),
    "merged": (HEAD + "<<: {layers: 1}\n").encode(), "a complex key": b"? [a, b]\n: 1\n", "a null key": b"~: 1\n",
    "quotes": b"'''", "a quote": b'"', "an anchor": b"&", "an alias": b"*a", "blocks": b"|9\n a",
    "a million bytes": (HEAD + "#" + "x" * ((1 << 20) - 60) + "\n" + _BODY).encode(),
    "too many bytes": HEAD.encode() + b"#" * (1 << 20), "returns": (HEAD + _BODY).replace("\n", "\r").encode(),
    "new lines of Unicode": (HEAD + _BODY).replace("\n", "\u2028").encode(),
}  # fmt: skip


def _grown(n: int) -> Iterator[tuple[str, str]]:
    """Documents of a size, each grown in its own way."""
    yield "lists in lists", HEAD + "layers: " + "[" * n + "]" * n
    yield "maps in maps", HEAD + "layers: " + "{a: " * n + "1" + "}" * n
    yield "indents", "".join(" " * min(depth, 60) + "a:\n" for depth in range(n))
    yield (
        "aliases of aliases",
        "a0: &a0 x\n" + "".join(f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n" for i in range(1, n)) + HEAD + _BODY,
    )
    yield (
        "merges of merges",
        "a0: &a0 {x: 1}\n" + "".join(f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}\n" for i in range(1, n)) + HEAD,
    )
    yield "groups in groups", HEAD + "layers: " + "[{layers: " * n + "[{kind: relu}]" + "}]" * n
    yield "repeats of repeats", HEAD + "layers: " + "[{repeat: 9, layers: " * n + "[{kind: relu}]" + "}]" * n
    blocks = "".join(f"  b{i}: {{layers: [{{kind: b{i - 1}}}, {{kind: b{i - 1}}}]}}\n" for i in range(1, n))
    for first in (
        "{kind: relu}",
        "{kind: relu, when: false}",
        "{kind: relu, repeat: 0}",
        "{kind: conv2d, out_channels: in_channels + 1, kernel_size: 1}",
    ):
        yield (
            f"blocks of blocks of {first}",
            HEAD + f"blocks:\n  b0: {{layers: [{first}]}}\n{blocks}layers: [{{kind: b{n - 1}}}]\n",
        )
    yield (
        "blocks in a circle",
        HEAD + f"blocks:\n  b0: {{layers: [{{kind: b{n - 1}}}]}}\n{blocks}layers: [{{kind: b0}}]\n",
    )
    for operation in ("*", "+", "**", "/"):
        chain = "".join(f"  v{i}: v{i - 1} {operation} v{i - 1}\n" for i in range(1, n))
        yield f"values of values, {operation}", HEAD + f"let:\n  v0: 0.1\n{chain}" + _BODY
    yield "values in a circle", HEAD + "let:\n" + "".join(f"  v{i}: v{(i + 1) % n} + 1\n" for i in range(n)) + _BODY
    yield (
        "values backwards",
        HEAD + "let:\n" + "".join(f"  v{i}: v{i + 1}\n" for i in range(n)) + f"  v{n}: 1\n" + _BODY,
    )
    yield "layers", HEAD + "layers:\n" + "  - {kind: relu}\n" * n
    yield (
        "layers that differ",
        HEAD
        + "layers:\n"
        + "".join(f"  - {{kind: conv2d, out_channels: {i % 97 + 1}, kernel_size: 1}}\n" for i in range(n)),
    )
    yield "layers that are wrong", HEAD + "layers:\n" + "".join(f"  - {{kind: rela{i}, x: 1}}\n" for i in range(n))
    yield "a layer of many keys", HEAD + "layers:\n  - {kind: relu, " + ", ".join(f"k{i}: 1" for i in range(n)) + "}\n"
    yield (
        "sources",
        HEAD + "layers:\n  - {name: a, kind: relu}\n  - {kind: add, from: [" + ", ".join(["a"] * n) + "]}\n",
    )
    yield "outputs", HEAD + "outputs: [" + ", ".join(["a"] * n) + "]\nlayers:\n  - {name: a, kind: relu}\n"
    yield (
        "everything from everything",
        HEAD
        + "layers:\n"
        + "".join(
            f"  - {{name: l{i}, kind: add, from: [{''.join(f'l{j}, ' for j in range(max(0, i - 30), i))}input]}}\n"
            for i in range(n)
        ),
    )
    yield (
        "presets",
        HEAD + "let: {x}\npresets:\n" + "".join(f"  p{i}: {{let: {{x: {i + 1}}}}}\n" for i in range(n)) + _BODY,
    )
    yield (
        "arguments",
        HEAD
        + "blocks: {b: {args: {"
        + ", ".join(f"a{i}" for i in range(n))
        + "}, layers: [{kind: relu}]}}\nlayers: [{kind: b}]\n",
    )
    yield "claims", HEAD + "expect: {params: " + "9" * n + "}\n" + _BODY
    yield "axes", HEAD.replace("[4, 9, 9]", "[" + ", ".join("1" * min(n, 20_000)) + "]") + _BODY
    yield "a name", HEAD.replace("Hostile", "x" * n) + _BODY
    yield "a name of a layer", HEAD + "layers:\n  - {name: " + "x" * n + ", kind: relu}\n"
    yield (
        "conditions",
        HEAD
        + "let: {n: 1}\nlayers:\n"
        + "".join(f"  - {{name: c{i}, kind: relu, when: n == {i}}}\n" for i in range(n))
        + "  - {kind: relu}\n",
    )
    yield "a repeat", HEAD + f"layers:\n  - {{kind: relu, repeat: {n}}}\n"
    yield "a repeat with names", HEAD + f"layers:\n  - {{name: 'r{{index}}', kind: relu, repeat: {n}}}\n"
    yield (
        "a repeat that grows",
        HEAD + f"layers:\n  - {{kind: conv2d, out_channels: index + 1, kernel_size: 1, repeat: {n}}}\n",
    )
    yield (
        "a repeat that sees more",
        HEAD + f"layers:\n  - {{kind: conv2d, out_channels: 4, kernel_size: 3, padding: 1, repeat: {n}}}\n",
    )
    yield "a file of blocks in a circle", HEAD + f"blocks: {{b: {{use: {SPEC}}}}}\nlayers: [{{kind: b, repeat: {n}}}]\n"


def cases() -> Iterator[Case]:
    """What is no document, what is tagged, and what is grown, each asked about in a few ways."""
    for number, (what, data) in enumerate(TEXTS.items()):
        for turn in range(4):
            yield Case("structure", "text", what, asked(number + turn * 3), {SPEC: data})
    for number, spelt in enumerate(TAGS):
        tag = spelt.format(CANARY)
        named = HEAD.replace("Hostile", tag) + _BODY
        for turn, text in enumerate((tag, f"{HEAD}layers: {tag}\n", named, f"{HEAD}layers: [{{kind: {tag}}}]\n")):
            yield Case("structure", "tag", tag, asked(number + turn), {SPEC: text.encode()})
    for character in (*range(0x20), *range(0x7F, 0xA0), 0x200E, 0x202E, 0x2028, 0x2066, 0xFEFF, 0xFFFE, 0xFFFF):
        text = (HEAD + _BODY).replace("Hostile", f"a{chr(character)}b")
        yield Case(
            "structure", "character", f"U+{character:04X}", asked(character), {SPEC: text.encode("utf-8", "replace")}
        )
    number = 0
    for size in (1, 2, 7, 23, 60, 120, 1000, 20_000):
        for what, text in _grown(size):
            for turn in range(3):
                if len(text) < 1 << 21 and (size < 1000 or turn < 2):
                    yield Case("structure", what, f"{size:,}", asked(number + turn * 2), {SPEC: text.encode()})
            number += 1
