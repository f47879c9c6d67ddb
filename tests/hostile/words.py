"""Texts that would move a cursor, forge a line, end a string or a comment, or run: in every slot, and as every key."""

from __future__ import annotations

from collections.abc import Iterator

from tests.hostile.case import CANARY, FORGED, SPEC, Case, asked, slots, with_field, written
from tests.hostile.document import renamed, replaced

WORDS = (
    f"x\n{FORGED}\n", f"\x1b[31m{CANARY}\x1b[2J", f"\x9b31m\x85{FORGED}", f"\u202e{CANARY}\u2066", f"a\r{FORGED}",
    f'"""\n__import__("os").mkdir("{CANARY}")\n"""', f"'''\nimport os; os.mkdir('{CANARY}')\n#", f"*/ {CANARY} /*",
    "-->\n<script>", f"# file sha256 -\n{FORGED}", "<!-- file sha256 - -->", f"{{{{ {CANARY} }}}}",
    f"{{% import '{CANARY}' %}}", "{% endraw %}", f"{{__import__('os').mkdir('{CANARY}')}}", f"\\input{{{CANARY}}}",
    f"$(touch {CANARY})", f"`touch {CANARY}`", f"; touch {CANARY};", f"%\n\\write18{{touch {CANARY}}}", "\\",
    "\\\\\"", "'\"", "\x00", "\x07" * 9, "\b\b\b\b", "\u2028\u2029", "\ufeff", "\u200b\u200d", "\U000e0001\U000e0041",
    "a" * 5000, "é" * 2000, "🙂" * 500, "卷", "ﬁ", "__class__", "self", "forward", "__init__", "torch", "None",
    "lambda", "model.py", "../../x", "/etc/passwd", "con", "nul", "C:\\x", "a/b", ".", "..", "-", "--help", "~", " ",
    "\t", "!!python/name:os.system", "&a", "*a", "<<", "=", "@", "%YAML", "1e400", "true", "0x1", "a.b", "a{index}",
    "{", "}}", "{0}{1}",
)  # fmt: skip


def cases() -> Iterator[Case]:
    """A few texts in each slot, others in the next."""
    number = 0
    for slot, kind, field in slots():
        for word in _some(number, 2):
            yield _case(slot, word, with_field(kind, field, word), number)
            number += 1
    for slot, fill in (*replaced(), *renamed()):
        for word in _some(number, 3):
            yield _case(slot, word, fill(word), number, "two" if number % 3 else "one")
            number += 1
    # What is only said, and so is accepted whatever it is.
    said = ("name", "source.title", "source.url", "expect.params.because")
    for slot, fill in replaced():
        if slot in said:
            for word in WORDS:
                for turn in range(3):
                    yield _case(slot, word, fill(word), number + turn * 5, "two")
                number += 1


def _case(slot: str, word: str, document: object, number: int, preset: str | None = None) -> Case:
    return Case("words", slot, word[:80], asked(number, preset), {SPEC: written(document)})


def _some(start: int, many: int) -> Iterator[str]:
    return (WORDS[(start + step * 11) % len(WORDS)] for step in range(many))
