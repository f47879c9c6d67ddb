"""``archcalc kinds``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from archcalc.cli.options import COLOR, FORMAT, completing

if TYPE_CHECKING:
    from archcalc.layers.contract import Layer


@click.command("kinds")
@click.argument("kind", required=False, shell_complete=completing("kinds"))
@FORMAT
@COLOR
def command(kind: str | None, form: str) -> None:
    """List the layer kinds, or show one with its fields, defaults and shapes.

    Names, fields and defaults are torch's. Another name that a kind goes by finds it as well: Conv2d, gn.
    """
    from archcalc.cli.terminal import style
    from archcalc.layers.contract import KINDS
    from archcalc.reports import kinds

    found = [KINDS[name] for name in sorted(KINDS)] if kind is None else [_of(kind)]
    if form == "json":
        click.echo(kinds.render_json(found))
    else:
        click.echo(kinds.render_each(found, style()) if kind is None else kinds.render(found[0], style()))


def _of(word: str) -> type[Layer]:
    """The kind of a name, in whatever case, or of another name that it goes by. Raises click.UsageError."""
    from archcalc.diagnostics.spelling import did_you_mean
    from archcalc.layers.contract import KINDS
    from archcalc.spec.elsewhere import kind_elsewhere
    from archcalc.spec.written_otherwise import called_elsewhere

    spelt = word.rpartition(".")[2].lower().replace("-", "_")
    names = {name.replace("_", ""): name for name in KINDS} | called_elsewhere()
    found = spelt if spelt in KINDS else names.get(spelt) or names.get(spelt.replace("_", ""))
    if found is not None:
        return KINDS[found]
    known = kind_elsewhere(word)
    if known is not None and known.not_yet:
        raise click.UsageError(f"the layer kind `{word}` is not supported yet; {known.help}")
    way = known.help if known is not None else did_you_mean(word, KINDS) or "`archcalc kinds` lists all of them"
    raise click.UsageError(f"there is no layer kind `{word}`; {way}")
