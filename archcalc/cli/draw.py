"""``archcalc draw``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from archcalc.cli.endings import format_of
from archcalc.cli.options import COLOR, EVERY_DEPTH, SPEC, At, DepthType, completing, of_a_network
from archcalc.reports.visible import in_one_line

if TYPE_CHECKING:
    from archcalc.pictures.model import Picture

ENDINGS: Final = {".svg": "svg", ".html": "html", ".htm": "html", ".dot": "dot", ".gv": "dot", ".mmd": "mermaid"}
"""What the ending of a file says of its format."""


class _Unwritten(click.ClickException):
    """What cannot be written, with the exit status of what is misused."""

    exit_code = 2


@click.command("draw")
@SPEC
@of_a_network
@click.option(
    "--format", "form", type=click.Choice(["svg", "html", "dot", "mermaid"]), help="As --out ends; svg otherwise."
)
@click.option("--out", type=click.Path(dir_okay=False), help="Write to this file, instead of to the terminal.")
@click.option(
    "--of",
    metavar="GROUP",
    shell_complete=completing("groups"),
    help="Only this group, use of a block or repeat, such as layer2.0.",
)
@click.option(
    "--depth",
    type=DepthType(),
    help="How deep blocks are in one another before they are one box; all: every layer by itself. As deep as a page "
    "has room for, if not given.",
)
@click.option("--no-fold", is_flag=True, help="A box for each copy of what is repeated.")
@click.option("--symbolic", is_flag=True, help="Sizes as formulas in those of the input.")
@click.option(
    "--style",
    type=click.Choice(["layers", "boxes"]),
    default="layers",
    help="boxes: maps as boxes in proportion, as papers draw AlexNet (svg).",
)
@click.option("--plain", is_flag=True, help="Without title and legend, which a paper's caption says.")
@click.option(
    "--pages",
    "fit",
    flag_value="page",
    help="As many SVGs as it takes to be read on a page: net-1.svg, net-2.svg, … for --out net.svg.",
)
@click.option("--columns", "fit", flag_value="column", help="As --pages, for columns of 252 pt, two on a page.")
@COLOR
@click.pass_context
def command(
    ctx: click.Context,
    spec: str,
    at: At,
    form: str | None,
    out: str | None,
    of: str | None,
    depth: int | None,
    no_fold: bool,
    symbolic: bool,
    style: str,
    plain: bool,
    fit: str | None,
) -> None:
    """Draw a network: blocks and layers as boxes, with the sizes of what goes from one to the next.

    svg is laid out by ELK and needs `pip install 'archcalc[draw]'`. html is one file that works offline, in which
    blocks can be opened and closed. dot is for Graphviz, mermaid for Markdown. Of a spec with an error the picture
    marks the place. Exits 1 where anything is wrong.
    """
    from archcalc.cli.asking import checked, say_errors, status

    form = form or format_of(out, ENDINGS, "svg")
    _refuse_together(form, out, style, plain, fit)
    told = ctx.get_parameter_source("depth") is not click.core.ParameterSource.DEFAULT
    # All is more than every block: chains of layers, too.
    depth = None if depth == EVERY_DEPTH else depth
    report = checked(spec, at)
    say_errors(report)
    from archcalc.analysis.law import LawError
    from archcalc.pictures.draw import DrawError, chosen, drawn, drawn_pages, whole

    try:
        picture = whole(report, fold=not no_fold, symbolic=symbolic, of=of, plain=plain)
        view = chosen(picture, depth if told else "page", form, style)
        texts = [drawn(view, form, style)] if fit is None else drawn_pages(view, fit, style)
    except (DrawError, LawError) as error:
        click.echo(f"Error: {in_one_line(str(error))}", err=True)
        sys.exit(status([report]) or 2)
    if told and depth:
        _say_same(picture, depth)
    if of is not None and report.graph is not None:
        from archcalc.analysis.experts import told_of_one

        if note := told_of_one(report.graph, of, by_itself=True):
            click.echo(f"note: {in_one_line(note)}", err=True)
    if out is None:
        click.echo(texts[0])
    for number, text in enumerate(texts if out is not None else (), 1):
        path = Path(out or "")
        _write(path if fit is None else path.with_stem(f"{path.stem}-{number}"), f"{text}\n")
    sys.exit(status([report]))


def _refuse_together(form: str, out: str | None, style: str, plain: bool, fit: str | None) -> None:
    if style == "boxes" and form != "svg":
        raise click.UsageError(f"--style boxes is an SVG, not {form}: leave out one of them")
    if fit is not None and (out is None or form != "svg"):
        raise click.UsageError(f"--{fit}s writes SVGs: give --out net.svg")
    if plain and form == "html":
        raise click.UsageError("--plain is not of a page, whose title and legend stand around the picture: use svg")


def _say_same(picture: Picture, depth: int) -> None:
    """Say so where a picture shows the same at a lower depth."""
    from archcalc.pictures.view import least_depth

    least = least_depth(picture, depth)
    if least < depth:
        why = "no blocks are deeper in one another" if least else "outside of blocks no group has several boxes"
        click.echo(f"note: --depth {depth} shows what --depth {least} does: {why}; all shows every layer", err=True)


def _write(path: Path, text: str) -> None:
    from archcalc.language.file_replacement import write_files

    try:
        write_files(path.parent, {path.name: text.encode()})
    except OSError as error:
        raise _Unwritten(in_one_line(f"{path} cannot be written: {error.strerror or error}")) from None
    click.echo(in_one_line(f"wrote {path}"), err=True)
