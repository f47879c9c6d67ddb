"""What archcalc says about a fault: a code, a place, a cause, and ways out.

Codes are stable and go by stage: A1 the file and what it says, A2 what a layer needs, A3 names and
structure, A4 claims of the source, A5 generation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct
from msgspec.structs import replace


class Span(Struct, frozen=True, order=True):
    """A stretch of a file. Lines and columns count from 1; ``end_column`` is one past the last.

    ``file`` is empty in the spec itself, and names the file where a block is read from another.
    """

    line: int
    column: int
    end_line: int
    end_column: int
    file: str = ""

    def covers(self, other: Span) -> bool:
        """Whether the other stretch begins within this one."""
        begins = (other.line, other.column)
        return self.file == other.file and (self.line, self.column) <= begins < (self.end_line, self.end_column)


class Label(Struct, frozen=True):
    """A second place that has to do with a fault, and what it has to do with it."""

    span: Span
    text: str


class Diagnostic(Struct, frozen=True, kw_only=True):
    """One fault, or one warning, with its place and its ways out.

    ``severity`` is ``"error"`` (exit status 1 or 2) or ``"warning"`` (reported, exit status
    unchanged). ``span`` is ``None`` where the fault is the file itself.
    """

    code: str
    message: str
    file: str
    span: Span | None = None
    severity: str = "error"
    help: tuple[str, ...] = ()
    labels: tuple[Label, ...] = ()

    def __post_init__(self) -> None:
        if self.code not in CODES:
            raise KeyError(f"{self.code} is in no code table")


MAX_FAULTS = 100
"""Beyond so many a file is not read on: what is wrong with it is something else."""


class TooManyFaults(Exception):
    """The file has more than ``MAX_FAULTS`` faults; whoever began to read it stops."""


class Log:
    """The faults of one file, gathered as they are found. Raises TooManyFaults when that is enough.

    ``used`` says that it is a file that the spec uses, so that every place in it names the file.
    """

    def __init__(self, file: str, *, used: bool = False) -> None:
        self.file = file
        self.used = used
        self._once: set[tuple[str, Span | None]] | None = None
        self._labels: tuple[Label, ...] = ()
        self.found: list[Diagnostic] = []
        self._settled: set[tuple[str, int, int]] = set()

    def settle(self, span: Span) -> None:
        """Let no later fault begin where this does: what stands there is reported already."""
        self._settled.add((span.file, span.line, span.column))

    def once(self) -> Log:
        """A log for the same file that notes a fault where it is found first, and not for every use of a block."""
        other = Log(self.file)
        other._once = set()
        other._settled = self._settled
        return other

    @contextmanager
    def labelled(self, labels: Iterable[Label]) -> Iterator[None]:
        """Give every fault that is added meanwhile these labels, besides its own."""
        before = self._labels
        self._labels = tuple(labels)
        try:
            yield
        finally:
            self._labels = before

    def adopt(self, other: Log) -> None:
        """Take over the faults of another log. Raises TooManyFaults when that is enough."""
        for fault in other.found:
            self._keep(fault)

    def error(
        self,
        code: str,
        span: Span | None,
        message: str,
        *help: str,
        labels: Iterable[Label] = (),
    ) -> None:
        """Add an error."""
        self._add("error", code, span, message, help, labels)

    def warning(
        self,
        code: str,
        span: Span | None,
        message: str,
        *help: str,
        labels: Iterable[Label] = (),
    ) -> None:
        """Add a warning."""
        self._add("warning", code, span, message, help, labels)

    def _add(
        self,
        severity: str,
        code: str,
        span: Span | None,
        message: str,
        help: tuple[str, ...],
        labels: Iterable[Label],
    ) -> None:
        if self.used and span is not None:
            span = replace(span, file=self.file)
            labels = [Label(replace(label.span, file=self.file), label.text) for label in labels]
        if span is not None and (span.file, span.line, span.column) in self._settled:
            return
        if self._once is not None:
            if (code, span) in self._once:
                return
            self._once.add((code, span))
        self._keep(
            Diagnostic(
                code=code,
                message=_short(message),
                file=span.file or self.file if span is not None else self.file,
                span=span,
                severity=severity,
                help=tuple(_short(line) for line in help if line),
                labels=(*labels, *self._labels),
            )
        )

    def _keep(self, fault: Diagnostic) -> None:
        # A file may be used under several names.
        there = [(one.code, one.span) for one in self.found] if fault.span is not None and fault.span.file else []
        if (fault.code, fault.span) in there:
            return
        if len(self.found) < MAX_FAULTS:
            self.found.append(fault)
            return
        message = f"more than {MAX_FAULTS} faults: the file is not read further"
        self.found.append(Diagnostic(code="A109", message=message, file=fault.file, span=fault.span))
        raise TooManyFaults

    @property
    def has_errors(self) -> bool:
        """Whether anything worse than a warning was found."""
        return any(fault.severity == "error" for fault in self.found)


MAX_MESSAGE = 600
"""A message repeats what the file says, and that may be a mebibyte."""


def _short(text: str) -> str:
    return text if len(text) <= MAX_MESSAGE else f"{text[: MAX_MESSAGE - 1]}…"


LIKELY = 0.6
"""How alike a word and a known one must be to ask whether it was meant."""

SURE = 0.8
"""How alike they must be to read on as if it had been."""


def nearest(
    word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None, *, alike: float = LIKELY
) -> str | None:
    """The known word that ``word`` was probably meant to be, or ``None``.

    ``foreign`` maps other tools' words for the same thing onto ours, and goes first.
    """
    names = list(known)
    spelt = word.strip().lower().replace("-", "_").replace(" ", "_")
    if foreign and foreign.get(spelt) in names:
        return foreign[spelt]
    bare = {name.replace("_", "").lower(): name for name in names}
    if spelt.replace("_", "") in bare:
        return bare[spelt.replace("_", "")]
    letters = {"".join(sorted(name)): name for name in bare}
    swapped = "".join(sorted(spelt.replace("_", "")))
    if swapped in letters:
        return bare[letters[swapped]]
    import difflib

    lowered = {name.lower(): name for name in names}
    close = difflib.get_close_matches(spelt[:100], lowered, n=1, cutoff=alike)
    return lowered[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str], foreign: Mapping[str, str] | None = None) -> str:
    """``did you mean `x`?``, or an empty string where nothing known is near."""
    found = nearest(word, known, foreign)
    return f"did you mean `{found}`?" if found else ""


CODES: dict[str, str] = {
    "A101": "the file cannot be read: it is missing, a folder, or not permitted",
    "A102": "the file is not UTF-8 text",
    "A103": "the file is larger, or nested deeper, than a spec may be",
    "A104": "the file is not well-formed YAML",
    "A105": "a mapping has the same key twice",
    "A106": "anchors, aliases, tags and merge keys are not part of the spec language",
    "A107": "the file holds no spec: it is empty, or not a mapping",
    "A108": "the file holds more than one YAML document",
    "A109": "the file has more faults than are worth listing",
    "A110": "a key that means nothing here",
    "A111": "a value of the wrong type",
    "A112": "something required is missing",
    "A113": "a layer kind that does not exist",
    "A114": "a value outside what is allowed",
    "A115": "a spec language version this archcalc does not read",
    "A116": "an expression that cannot be read or computed",
    "A119": "an input whose channels seem to stand last",
    "A120": "a number that its own comma cuts apart",
    "A201": "the kernel reaches past the padded input",
    "A202": "the input has the wrong number of axes",
    "A203": "the spec states a size, but another arrives",
    "A204": "the groups do not divide the channels",
    "A205": "pooling pads by more than half its kernel",
    "A206": "padding `same` with a stride",
    "A207": "the output would have no pixel",
    "A208": "the padding mode needs a larger input than arrives",
    "A209": "an axis that the input does not have",
    "A210": "a linear layer on a map: only the last axis is transformed",
    "A211": "what is joined does not have the same sizes",
    "A212": "output_padding is not smaller than the stride or the dilation",
    "A213": "a pooling window that may see only padding",
    "A214": "a reshape to another number of values",
    "A215": "a slice reaches beyond its axis, or holds nothing",
    "A216": "normalising over a single value",
    "A217": "the recipe's batches are smaller than the network can be trained on",
    "A218": "a tensor has more bytes than 64 bits count",
    "A219": "a reshape that mixes or turns axes",
    "A301": "two layers have the same name",
    "A302": "a name that cannot name a layer",
    "A303": "an unknown name in an expression",
    "A304": "names that are defined by each other",
    "A305": "a block, or a block's file, that is made of itself",
    "A306": "a block that nothing uses",
    "A307": "an argument that nothing in its block uses",
    "A308": "a block is used without an argument that it needs",
    "A309": "a block's file that cannot be used",
    "A310": "a source that names nothing",
    "A311": "a source that could be one of several",
    "A312": "a source that comes below, so that each would wait for the other",
    "A313": "more sources, or fewer, than a layer takes",
    "A314": "a named size that has no value",
    "A315": "a layer whose output nothing takes",
    "A316": "a condition or a repeat that cannot be decided",
    "A317": "more layers than a network may have",
    "A318": "a preset that does not exist, or that sets what is not there",
    "A319": "what follows an entry that may be absent can be read in two ways",
    "A320": "a layer in place overwrites what is still needed",
    "A321": "a name of `let` that nothing uses",
    "A322": "copies without names that say where they take their input from",
    "A401": "the source claims another value than the spec computes",
    "A402": "a deviation is acknowledged that does not exist",
    "A501": "a file was changed since it was generated",
    "A502": "the generated folder is stale",
    "A503": "the spec cannot be generated from",
}
"""Every code and the fault it stands for, in a line."""

UNREADABLE = frozenset({"A101", "A102", "A103", "A104", "A107"})
"""The codes that say that there is no spec to check at all."""
