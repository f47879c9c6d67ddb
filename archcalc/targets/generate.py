"""Facts to files, through the templates of a target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

import jinja2
from msgspec import Struct
from msgspec.structs import replace

from archcalc.analysis.every_expert import TooManyLayers, with_every_expert
from archcalc.analysis.experts import routed_parts
from archcalc.analysis.report import Checked, OkReport, Report, as_report
from archcalc.diagnostics.errors import ArchcalcError, path
from archcalc.diagnostics.model import Diagnostic
from archcalc.language.nodes import ScalarNode
from archcalc.sizes.looked import FormulaTooLong
from archcalc.spec.settings import Setting
from archcalc.targets.python import source
from archcalc.targets.sealed_files import differences, edited, nothing_new, sealed, stale, write
from archcalc.targets.torch.plan import plan
from archcalc.targets.torch.slots import NoCode

TARGETS = ("torch",)

FEWER = (16, 32, 64, 128)
"""Numbers of experts, one of which is said where there are too many."""


class GenerateError(ArchcalcError):
    """A spec that cannot be generated from, or files that would be lost; ``diagnostics`` says which.

    ``written`` are the files that were written nevertheless.
    """

    def __init__(self, message: str, *diagnostics: Diagnostic, written: Sequence[str] = ()) -> None:
        super().__init__(message)
        self.diagnostics = diagnostics
        self.written = list(written)


class Generated(Struct, frozen=True):
    """The files of one spec, not yet written. ``folder`` is where they belong, ``name`` its last part."""

    name: str
    folder: Path
    files: dict[str, str]

    def __repr__(self) -> str:
        return f"<Generated {self.folder}: {', '.join(self.files)}>"

    def stale(self) -> list[str]:
        """The files that are missing on disk, or differ."""
        return stale(self.folder, self.files)

    def edited(self) -> list[str]:
        """The files on disk that someone changed since they were generated."""
        return edited(self.folder, self.files)

    def errors(self) -> tuple[Diagnostic, ...]:
        """Where the files on disk are not these: those that someone changed (A501), and those that are stale (A502)."""
        lost = self.edited()
        return tuple(self._lost(name) if name in lost else self._stale(name) for name in self.stale())

    def _lost(self, name: str) -> Diagnostic:
        return Diagnostic(
            code="A501",
            message=f"`{name}` was changed since it was generated",
            file=str(self.folder / name),
            help=(
                "see with `--diff` what would change, and take over what you want",
                "write into another folder with `--out`, or give the change up with `--force`",
            ),
        )

    def _stale(self, name: str) -> Diagnostic:
        there = (self.folder / name).exists()
        return Diagnostic(
            code="A502",
            message=f"`{name}` is not what the spec gives now" if there else f"`{name}` is missing",
            file=str(self.folder / name),
            help=("generate again, and keep what is written",),
        )

    def write(self, *, force: bool = False) -> list[str]:
        """Write what differs, and say which files. What someone changed stays as it is, and the others do not wait.

        Raises GenerateError for those for which something else would be generated now than when they were changed; all
        others are written by then. Raises OSError.
        """
        kept = [] if force else self.edited()
        written = write(self.folder, self.files, kept)
        lost = [name for name in kept if not nothing_new(self.folder, name, self.files[name])]
        if lost:
            names = ", ".join(f"`{name}`" for name in lost)
            message = f"{names} in `{self.folder}` changed since generated; --force overwrites"
            raise GenerateError(message, *map(self._lost, lost), written=written)
        return written

    def diff(self) -> str:
        """What writing would change, files that someone changed included, as a unified diff; empty where nothing."""
        lines = [line for name in self.stale() for line in differences(self.folder, name, self.files[name])]
        return "".join(f"{line}\n" for line in lines)


def generate(report: Checked, *, target: str = "torch", out: Path | str = "generated") -> Generated:
    """The files for a checked spec, to go into the folder ``out``/name.

    Raises GenerateError where the check found errors, or the target is not known.
    """
    report = as_report(report, "generate")
    folder = Path(path("out", out))
    if target not in TARGETS:
        raise GenerateError(f"there is no target `{target}`; there is {', '.join(TARGETS)}")
    if not report.ok or report.spec is None or report.graph is None or report.facts is None:
        raise GenerateError(f"{report.file} does not check; see `archcalc check {report.file}`", *_refused(report))
    for failure in report.facts.training_failures:
        message = f"at this input it cannot be trained: `{failure.step.path}` {failure.need.why()}"
        error = Diagnostic(code="A503", message=message, file=report.file, help=("generate it for a larger input",))
        raise GenerateError(f"{report.file}: {message}", error)
    name = source.module_name(report.preset or Path(report.file).stem)
    try:
        # The tests name each layer, and the weights of each.
        report = with_every_expert(report.require_ok())
    except TooManyLayers as error:
        many = Diagnostic(code="A503", message=str(error), file=report.file, help=(_with_fewer(report.require_ok()),))
        raise GenerateError(f"{report.file} has no code: {error}", many) from None
    try:
        return Generated(name, folder / name, dict(_render(report, target, name)))
    except NoCode as error:
        place = Diagnostic(
            code="A503", message=str(error), file=error.span.file or report.file, span=error.span, help=(error.help,)
        )
        raise GenerateError(f"{report.file} has no code: {error}", place) from None
    except (RecursionError, FormulaTooLong):
        message = "one of its expressions is longer than Python can read"
        long = Diagnostic(code="A503", message=message, file=report.file, help=("join fewer values at once",))
        raise GenerateError(f"{report.file} has no code: {message}", long) from None


def _with_fewer(report: OkReport) -> str:
    """How a network of too many experts has code; a number of them is only said where it has."""
    said = "with fewer experts its code is the same but for their number"
    repeats = [part.spec and part.spec.repeat for part in routed_parts(report.graph)]
    names = [str(node.value) for node in repeats if isinstance(node, ScalarNode)]
    name = next((name for name in names if name in report.spec.let), "")
    now = report.graph.root and report.graph.root.bindings.get(name)
    numbers = [number for number in FEWER if type(now) is int and number < now]
    found = next((number for number in numbers if _can_be_named(report, {name: number})), None)
    return said if found is None else f"{said}: give `{name}` another value, {found}"


def _can_be_named(report: OkReport, settings: Mapping[str, Setting]) -> bool:
    other = replace(report, settings={**report.settings, **settings}, as_written=False)
    try:
        return not with_every_expert(other).facts.failures
    except TooManyLayers:
        return False


def _refused(report: Report) -> tuple[Diagnostic, ...]:
    """What is to be said beside the errors of a report: nothing, where there is no spec at all."""
    if not report.readable:
        return ()
    message = "code is generated only from a spec that checks"
    return (Diagnostic(code="A503", message=message, file=report.file, help=("fix what is reported of it",)),)


@cache
def environment(target: str) -> jinja2.Environment:
    """The templates of a target, compiled as they are asked for and kept: that takes longer than all else here."""
    found = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda template: _template(target, template)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=_refuse_bare,
    )
    found.filters |= {
        "ident": source.ident,
        "literal": source.literal,
        "count": source.count,
        "comment": source.comment,
        "docstring": source.docstring,
        "cell": source.cell,
        "code": source.Code,
    }
    return found


def _render(report: Report, target: str, name: str) -> Iterator[tuple[str, str]]:
    values = plan(report, name)
    for template, file, only_where in _FILES:
        if only_where and not values[only_where]:
            continue
        text = environment(target).get_template(template).render(values)
        is_python = file.endswith(".py")
        text = sealed(text, markdown=not is_python)
        if is_python:
            _read_by_python(_without_head(text), file)
        yield file.format(name=name), text


def _without_head(text: str) -> str:
    """A file below its first comments, which say what it is made from."""
    while text.startswith("#"):
        text = text.partition("\n")[2]
    return text


@lru_cache(64)
def _read_by_python(text: str, file: str) -> None:
    """Raise what Python raises where it cannot read a text. Most files of a family's members are alike, and read once.

    That takes longer than to write them.
    """
    compile(text, file, "exec", dont_inherit=True)


def _template(target: str, name: str) -> str:
    return (files("archcalc.templates") / target / name).read_text("utf-8")


_FILES = (
    ("model.py.j2", "model.py", ""),
    ("data.py.j2", "data.py", "one_input"),
    ("arrays.py.j2", "data.py", "named"),
    ("windows.py.j2", "data.py", "tokens"),
    ("text.py.j2", "text.py", "tokens"),
    ("pictures.py.j2", "pictures.py", "pictures"),
    ("packed.py.j2", "packed.py", "pictures"),
    ("augment.py.j2", "augment.py", "draws_more"),
    ("batches.py.j2", "batches.py", "trains"),
    ("objective.py.j2", "objective.py", "tells_classes"),
    ("next_token.py.j2", "objective.py", "tokens"),
    ("train.py.j2", "train.py", "trains"),
    ("options.py.j2", "options.py", "trains"),
    ("recipe.py.j2", "recipe.py", "trains"),
    ("mixing.py.j2", "mixing.py", "mixes"),
    ("pretrained.py.j2", "pretrained.py", "trains"),
    ("export.py.j2", "export.py", "trains"),
    ("checkpoint.py.j2", "checkpoint.py", "trains"),
    ("log.py.j2", "log.py", "trains"),
    ("machine.py.j2", "machine.py", "trains"),
    ("test.py.j2", "test_{name}.py", ""),
    ("layers.py.j2", "layers_{name}.py", ""),
    ("reference.py.j2", "reference_{name}.py", ""),
    ("README.md.j2", "README.md", ""),
)
"""Each template, the file that it gives, and which value of the plan says whether a network has it: none, if all do."""


def _refuse_bare(value: object) -> object:
    if not isinstance(value, (source.Code, jinja2.Undefined)):
        raise TypeError(f"a template would print {value!r} without saying what it is")
    return value
