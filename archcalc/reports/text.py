"""A report for people: the table, the totals, the claims, the errors."""

from __future__ import annotations

from collections.abc import Container, Mapping, Sequence
from typing import TYPE_CHECKING

from archcalc.analysis.claim_check import UNITS, Compared, value_text
from archcalc.analysis.cost import FLOPS_CONVENTION, Totals, has_experts, layer_count
from archcalc.analysis.legal_inputs import SCANNED, Legal, pinned, stated_sizes, together
from archcalc.analysis.report import Report
from archcalc.diagnostics.model import Diagnostic
from archcalc.network.graph import Graph
from archcalc.reports.aligned import Heading, aligned
from archcalc.reports.diagnostic_text import diagnostic_text
from archcalc.reports.listed import Listed, inputs_listed, listed
from archcalc.reports.terminal_text import BOLD, GREEN, PLAIN, RED, YELLOW, Style, printable
from archcalc.sizes.axes import shape_text
from archcalc.sizes.rules import UNKNOWN, Dim, Shape, is_known
from archcalc.sizes.set_notation import sizes_text

if TYPE_CHECKING:
    from archcalc.analysis.single_places import SinglePlace

MOST_PAIRS = 3
"""How many pairs of coupled sizes are shown."""


COLUMNS = (
    Heading("layer", least=8),
    Heading("kind", least=8, spare=True),
    Heading("output"),
    Heading("parameters", right=True),
    Heading("MACs", right=True),
)


def render(
    report: Report,
    formulas: str | None = None,
    depth: int | None = 1,
    shown: Container[Diagnostic] = frozenset(),
    style: Style = PLAIN,
) -> str:
    """The whole report, without a newline at its end; ``formulas`` stand below the totals.

    ``depth`` says how deep in one another blocks are before their use is one line of the table; at 0 a group is
    one line, too, and with ``None`` nothing is. Errors that are ``shown`` above already are named only.
    """
    title = " ".join(filter(None, (report.name, report.preset)))
    name = printable(title) if title else printable(report.file)
    parts = [style.paint(BOLD, name) + (f"  ({printable(report.file)})" if title else "")]
    if report.totals is not None and report.layers:
        parts.append(_table(report, report.totals, depth, style))
        parts.append(_totals(report))
        if report.counters:
            from archcalc.reports.counted import block

            parts.append(block(report.layers, report.counters))
    if formulas is not None:
        parts.append("\n".join(map(printable, formulas.split("\n"))))
    legal = report.legal
    if legal is not None and report.facts is not None:
        parts.append("\n".join(_legal(legal, pinned(report.facts), _of_words(report))))
        parts += _legal_in_training(report, legal)
    elif report.ok:
        parts.append("legal inputs: not known, as they would take too long to find")
    if report.batch_limits:
        limits = (f"  {printable(limit.text)}" for limit in report.batch_limits)
        parts.append("\n".join(["the batch of N samples, the last one of an epoch too", *limits]))
    if report.claims:
        parts.append(_claims(report, style))
    parts += _told(report, shown, style)
    parts.append(verdict(report, style))
    return "\n\n".join(parts)


def errors(report: Report, besides: Container[Diagnostic] = (), style: Style = PLAIN) -> str:
    """The diagnostics alone, but for some that are said elsewhere, and the verdict."""
    told = [error for error in report.diagnostics if error not in besides]
    texts = [diagnostic_text(error, report.texts, report.file, style) for error in told]
    return "\n\n".join([*texts, verdict(report, style)])


def _told(report: Report, shown: Container[Diagnostic], style: Style) -> list[str]:
    """Each error, those that are shown already, word by word, in a line."""
    errors = report.diagnostics
    new = [diagnostic_text(error, report.texts, report.file, style) for error in errors if error.as_read not in shown]
    again = [f"{error.severity}[{error.code}] {_place(error)}, as above" for error in errors if error.as_read in shown]
    return [*new, *(["\n".join(again)] if again else [])]


def _place(error: Diagnostic) -> str:
    at = "" if error.span is None else f":{error.span.line}:{error.span.column}"
    return f"at {printable(error.file)}{at}"


def _table(report: Report, totals: Totals, depth: int | None, style: Style) -> str:
    lines = list(listed(report, depth))
    given = [(name, holds, _shape(shape), "", "") for name, holds, shape in inputs_listed(report)]
    rows = [*given, *map(_row, lines)]
    rows.append(("total", "", "", _count(totals.params), _count(totals.macs)))
    table = aligned(COLUMNS, rows, style, totals=1)
    if [line.name for line in lines] != [layer.name for layer in report.layers]:
        count = layer_count(report.layers)
        many = f"{count:,} layer{'s' * (count != 1)}"
        table.append(f"{many}: --depth {(depth or 0) + 1} shows more of them, --depth all every one")
    return "\n".join(table)


def _row(line: Listed) -> tuple[str, str, str, str, str]:
    # In brackets, what is not in the total.
    macs = f"({_count(line.macs)})" if line.only_in_training else _count(line.macs)
    return line.name, line.told, _shape(line.output), _count(line.params), macs


def _totals(report: Report) -> str:
    totals = report.totals
    assert totals is not None
    rows = [
        ("trainable parameters", _trained(totals)),
        *_active(totals),
        ("weight layers", _count(totals.weight_layers)),
        ("FLOPs", f"{_count(totals.flops)} for one sample  ({FLOPS_CONVENTION})"),
    ]
    if alone := _in_training(report):
        rows.append(("MACs in training", f"{_count(totals.training_macs)}  (with {alone})"))
    return "\n".join(aligned((Heading(), Heading()), rows, header=False, rule=False))


def _trained(totals: Totals) -> str:
    """How many parameters are trained, and how many are not."""
    trained, params = totals.trainable_params, totals.params
    if not is_known(trained, params) or trained is params or trained == params:
        return _count(trained)
    return f"{_count(trained)}  (the other {_count(params - trained)} are frozen)"


def _active(totals: Totals) -> list[tuple[str, str]]:
    """The parameters by which a token is computed, where these are not all."""
    if not has_experts(totals):
        return []
    return [("active parameters", f"{_count(totals.active_params)}  (those by which each token is computed)")]


def legal_lines(report: Report) -> list[str]:
    """The sizes that the input may have; nothing where they are not known."""
    legal = report.legal
    return [] if legal is None or report.facts is None else _legal(legal, pinned(report.facts), _of_words(report))


def _of_words(report: Report) -> set[str]:
    """The axes that only inputs of whole numbers have."""
    graph = report.graph
    if graph is None:
        return set()
    letters = graph.letters
    if not graph.inputs:
        return {*letters} if graph.below is not None else set()
    having = {letters[axis] for one in graph.inputs if one.below is not None for axis in one.axes}
    return having - {letters[axis] for one in graph.inputs if one.below is None for axis in one.axes}


def _legal(legal: Legal, graph: Graph, of_words: set[str]) -> list[str]:
    """The sizes that the input may have, axes that are alike on one line."""
    stated = stated_sizes(graph)
    alike: dict[tuple[str, str], list[str]] = {}
    for axis, where in legal.axes.items():
        whole = legal.lossless[axis]
        fit, no_loss = sizes_text(where, stated[axis]), "" if whole is None else sizes_text(whole, stated[axis])
        # That every token is seen at every length says nothing of a network of words.
        alike.setdefault((fit, "" if axis in of_words and fit == no_loss else no_loss), []).append(axis)
    lines = ["legal inputs, each axis while the others stay" if len(legal.axes) > 1 else "legal inputs"]
    for (fit, no_loss), axes in alike.items():
        lines.append(
            f"  {', '.join(axes)}: {fit}{f'  ({_lossless(fit, no_loss)})' if no_loss and fit != 'none' else ''}"
        )
    pairs = together(graph) if legal.coupled else []
    for pair in pairs[:MOST_PAIRS]:
        lines.append("  also together " + " with ".join(f"{axis} {sizes_text(fit)}" for axis, fit in pair.items()))
    if len(pairs) > MOST_PAIRS:
        lines.append(f"  and {len(pairs) - MOST_PAIRS:,} more such pairs of sizes")
    lines += [f"  {single_text(one, stated)}" for one in legal.single]
    if not legal.proven:
        lines.append(f"  (found by trying 1…{SCANNED}; beyond that nothing is proven)")
    return lines


def single_text(one: SinglePlace, stated: Mapping[str, int]) -> str:
    """A condition on the data, in words."""
    sizes = sizes_text(one.sizes, stated[one.axis])
    return (
        f"`{printable(one.layer)}` finds a single place along {one.axis} only at {sizes}, as here: "
        "at other sizes it puts several into one axis, and nothing refuses that"
    )


def _in_training(report: Report) -> str:
    """What runs in training only, by the names that the spec's ``outputs`` give."""
    named = () if report.graph is None else report.graph.named
    return ", ".join(f"`{output.name}`" for output in named if output.training)


def _legal_in_training(report: Report, always: Legal) -> list[str]:
    """The sizes that the input may have in training, where layers that run then only take fewer."""
    alone, facts = _in_training(report), report.facts
    legal = report.legal_in_training if alone else None
    if legal is None or facts is None or legal.axes == always.axes:
        return []
    lines = "\n".join(_legal(legal, pinned(facts, training=True), _of_words(report))).replace(
        "legal inputs", f"in training, with {alone}", 1
    )
    if facts.training_failures:
        first = facts.training_failures[0]
        lines += f"\n  at this input it cannot be trained: `{first.step.path}` {printable(first.need.why())}"
    return [lines]


def _lossless(fit: str, whole: str) -> str:
    """Which of the sizes that fit lose no pixel, in words."""
    if whole == "none":
        return "every size loses pixels"
    if whole == fit:
        return "loses no pixel" if fit.isdecimal() else "all lose no pixel"
    return f"{whole} {'loses' if whole.isdecimal() else 'lose'} no pixel"


def claim_lines(report: Report) -> list[str]:
    """How many claims agree, and those that do not; nothing where there are none."""
    if not report.claims:
        return []
    head, *lines = _claims(report, PLAIN).split("\n")
    return [head, *(line for line, one in zip(lines, report.claims, strict=True) if one.agrees is not True)]


def _claims(report: Report, style: Style) -> str:
    title = report.spec.title if report.spec is not None and report.spec.title else "the source"
    agreed = sum(one.agrees is True for one in report.claims)
    head = f"claims of {printable(title)}: {agreed} of {len(report.claims)} agree"
    return "\n".join([head, *(f"  {_claim(one, style)}" for one in report.claims)])


def _claim(one: Compared, style: Style) -> str:
    claim = one.claim
    what = "output" if claim.what == "shape" else UNITS[claim.what]
    by = f" as {claim.counter}" if claim.counter else f" with {' and '.join(claim.terms)}" if claim.terms else ""
    text = printable(f"{claim.of or 'total'}: {what} {value_text(claim.claimed)}{by}")
    if one.agrees is True:
        exact = isinstance(claim.claimed, tuple) or claim.claimed.value == one.computed
        return f"{style.paint(GREEN, '✓')} {text}" + ("" if exact else f"  ({value_text(one.computed)})")
    if one.agrees is None:
        why = "not known, because of an error above" if one.computed is None else "not compared: sizes were changed"
        return f"· {text}  ({why})"
    if claim.because is not None:
        because = printable(claim.because)
        return f"{style.paint(YELLOW, '≈')} {text}, computed {value_text(one.computed)}, because {because}"
    return f"{style.paint(RED, '✗')} {text}, computed {value_text(one.computed)}"


def _shape(shape: Shape | None) -> str:
    return shape_text(shape) if shape else "?"


def _count(value: Dim) -> str:
    return "?" if value is UNKNOWN else f"{value:,}"


def verdict(report: Report, style: Style = PLAIN) -> str:
    """The last line: how many errors, of what weight."""
    errors = sum(error.severity == "error" for error in report.diagnostics)
    warnings = len(report.diagnostics) - errors
    found = [
        style.paint(colour, f"{n} {word}{'s' * (n != 1)}")
        for n, word, colour in ((errors, "error", RED), (warnings, "warning", YELLOW))
        if n
    ]
    name = f"{report.file} {report.preset}" if report.preset else report.file
    return f"{printable(name)}: {', '.join(found) if found else style.paint(GREEN, 'ok')}"


def summary(reports: Sequence[Report], style: Style = PLAIN) -> str:
    """A line on all that was checked: how many networks of how many files, and what was found."""
    files = len({report.file for report in reports})
    wrong = sum(not report.ok for report in reports)
    warned = sum(report.ok and bool(report.diagnostics) for report in reports)
    found = [style.paint(RED, f"{wrong} with errors")] if wrong else []
    found += [style.paint(YELLOW, f"{warned} with warnings")] if warned else []
    several = f"{files} spec{'s' * (files != 1)}, {len(reports)} network{'s' * (len(reports) != 1)}"
    return f"{several}: {', '.join(found) if found else style.paint(GREEN, 'all ok')}"
