"""What is wrong with a text that is not YAML, in the words of whoever wrote it.

libyaml says where it gave up and what it was looking for. This says what the writer probably did:
left a bracket open, forgot a comma, indented with a tab.
"""

from __future__ import annotations

import re
from typing import Protocol

from archcalc.diagnostics.log import Log
from archcalc.diagnostics.model import Label, Span


class Mark(Protocol):
    """A place in a text as libyaml says it, both from 0."""

    line: int
    column: int


def report_syntax(
    problem: str, context: str, problem_mark: Mark | None, context_mark: Mark | None, text: str, log: Log
) -> None:
    """Put what libyaml says of a text into the log: the problem, what it was reading then, and where each begins."""
    lines = text.splitlines()
    at, since = _place(problem_mark, lines), _place(context_mark, lines)
    assert at is not None
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    before, here = line[: at.column - 1], line[at.column - 1 : at.column]
    other = _other_language(lines)
    if other:
        help = "a spec is YAML: `archcalc: 1`, then `name`, `input` and `layers`, a line for each"
        log.error("A104", at, f"this is {other}, not a spec", help)
    elif here == "\t" or "\t" in before[: len(before) - len(before.lstrip())]:
        log.error("A104", at, "there is a tab where YAML needs spaces", "indent with spaces")
    elif "expected ',' or" in problem and since is not None:
        _bracket(at, since, lines, log)
    elif "quoted scalar" in context and since is not None and "end of stream" in problem:
        log.error("A104", since, "this quote is never closed", "close it; in '…' an apostrophe is written twice: ''")
    elif "escape" in problem:
        log.error("A104", at, f"`{line[at.column - 1 : at.column + 1]}` is not an escape",
                  "put the text in '…', where a backslash is only a backslash")  # fmt: skip
    elif "mapping values are not allowed" in problem:
        _second_colon(at, before, log)
    elif "could not find expected ':'" in problem and since is not None:
        said = lines[since.line - 1][since.column - 1 :].strip() if since.line <= len(lines) else ""
        log.error("A104", since, f"`{said}` is not a key with a value", "a key needs a colon and a space: `key: value`")
    elif "cannot start any token" in problem:
        log.error("A104", at, f"a value cannot begin with `{here}`", "quote it: '…'")
    elif "tag" in problem:
        log.error("A104", at, "a value that begins with `!` is a tag", "remove it; or quote the value: '…'")
    elif "block sequence entries are not allowed" in problem:
        log.error("A104", at, "a list cannot begin here", "put the first `- ` on a line of its own, below its key")
    elif "expected key" in problem or "expected '-' indicator" in problem:
        _misplaced(at, here, before, log)
    elif "document" in problem:
        log.error("A104", at, "a spec cannot go on here", "remove lines that begin with `%`, `---` or `...`")
    else:
        log.error("A104", at, f"this is not YAML: {problem}",
                  "compare brackets, quotes, colons and indentation with the lines around")  # fmt: skip


def _place(mark: Mark | None, lines: list[str]) -> Span | None:
    """A mark of libyaml's as a Span of one character; the last line for a mark at the end of the text."""
    if mark is None:
        return None
    line, column = mark.line + 1, mark.column + 1
    if line > len(lines) > 0:
        line, column = len(lines), len(lines[-1]) + 1
    return Span(line, column, line, column + 1)


def _other_language(lines: list[str]) -> str:
    """What a text is that is certainly not meant as a spec, or nothing."""
    for pattern, what in _LANGUAGES.items():
        if any(re.match(pattern, line) for line in lines[:40]):
            return what
    return ""


_LANGUAGES = {
    r"(import \w+|from [\w.]+ import |class \w+\(.*\):|def \w+\(.*\):)": "Python code",
    r"\s*(layer|layers|input_param|node) \{\s*$": "a text protocol buffer, as Caffe's networks are",
    r"\[(net|convolutional|maxpool|shortcut|route)\]": "a network of Darknet",
}


def _bracket(at: Span, opened: Span, lines: list[str], log: Log) -> None:
    """A flow mapping or list that neither goes on nor ends."""
    line = lines[at.line - 1] if at.line <= len(lines) else ""
    first = lines[opened.line - 1]
    bracket = first[opened.column - 1 : opened.column]
    before = line[: at.column - 1]
    key = re.search(r"([^\s,{}\[\]:]+)\s*$", before) if line[at.column - 1 : at.column] == ":" else None
    entry = Span(at.line, key.start() + 1, at.line, at.column) if key else at
    looked_up = re.search(r"([A-Za-z_]\w*)$", before) and re.match(r"\[[^\[\]{},]*\]", line[at.column - 1 :])
    if bracket == "{" and looked_up:
        start = len(before) - len(re.split(r"[ ,{]", before)[-1])
        text = re.split(r"[,}]", line[start:])[0].strip()
        help = f'quote an expression with brackets: `"{text}"`'
        log.error("A104", at, "within braces, a bracket begins a list", help)
        return
    starts_line = not line[: entry.column - 1].strip(" -")
    if (at.line > opened.line and starts_line and _indent(line) <= _indent(first)) or not line[at.column - 1 :].strip():
        closing = {"[": "]", "{": "}"}.get(bracket, "its partner")
        labels = [] if at.line == opened.line else [Label(entry, f"`{closing}` is missing before this")]
        log.error("A104", opened, f"`{bracket}` is never closed", f"close it with `{closing}`", labels=labels)
    elif line[at.column - 1 : at.column] in "]}":
        message = f"`{line[at.column - 1]}` does not close `{bracket}`"
        log.error("A104", at, message, "brackets close in pairs: {} and []", labels=[Label(opened, "opened here")])
    else:
        what = f"`{key[1]}`" if key else "this"
        log.error(
            "A104", entry, f"a comma is missing before {what}", f"separate the entries of `{bracket}` with commas"
        )


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _second_colon(at: Span, before: str, log: Log) -> None:
    if ": " in before:
        log.error("A104", at, "there is a second `: ` on this line", "quote a text that holds one: `key: 'a: b'`")
    else:
        word = before.strip().removeprefix("- ")
        log.error("A104", at, f"`{word}` is indented further than the keys above it", "indent keys of one level alike")


def _misplaced(at: Span, here: str, before: str, log: Log) -> None:
    if here in ("]", "}"):
        log.error("A104", at, f"`{here}` closes nothing", "remove it, or open its partner before it")
    elif here == ":":
        log.error("A104", at, "there is no key before this colon", "write `key: value`")
    elif not before.strip():
        log.error("A104", at, "this line matches no indentation above it", "indent entries of one level alike")
    else:
        log.error("A104", at, "nothing more can follow on this line", "quote the value if all of it is text: '…'")
