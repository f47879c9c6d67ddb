"""``archcalc list``."""

from __future__ import annotations

from collections.abc import Sequence

import click

from archcalc.cli.options import COLOR, FORMAT, completing


@click.command("list")
@click.argument("names", nargs=-1, metavar="[NAME...]", shell_complete=completing("bundled"))
@FORMAT
@COLOR
def command(names: Sequence[str], form: str) -> None:
    """List the bundled networks, with their parameters and MACs.

    NAME is a family, such as resnet, or how networks' names begin. Whatever is listed can be given to the other
    commands by its name. The counts are for one sample of the input that stands beside them.
    """
    from archcalc.cli.terminal import style
    from archcalc.diagnostics.spelling import did_you_mean
    from archcalc.reports import networks
    from archcalc.spec.bundled import bundled_networks

    known = bundled_networks()
    for name in names:
        if not any(one.spec == name or one.name.startswith(name) for one in known):
            words = dict.fromkeys(word for one in known for word in (one.name, one.spec))
            guess = did_you_mean(name, words) or "`archcalc list` names them all"
            raise click.UsageError(f"no bundled network is called `{name}`; {guess}")
    found = [one for one in known if not names or any(one.spec == name or one.name.startswith(name) for name in names)]
    click.echo(networks.render_json(found) if form == "json" else networks.render(found, style()))
