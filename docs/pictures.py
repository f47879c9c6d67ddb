"""Draw the pictures of docs/pictures.md and of the README, as the page says that they are drawn."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from tempfile import TemporaryDirectory

from click.testing import CliRunner

from archcalc.cli.main import cli

PAGE = Path(__file__).with_name("pictures.md")


def commands() -> dict[str, list[str]]:
    """The command of each picture, by its file's name: the page has them."""
    lines = re.findall(r"^archcalc (draw .*--out (\S+))$", PAGE.read_text("utf-8"), re.MULTILINE)
    return {name: shlex.split(line) for line, name in lines}


def drawn(command: list[str]) -> dict[str, str]:
    """What a command draws, by the names of its files."""
    place = command.index("--out") + 1
    with TemporaryDirectory() as folder:
        moved = [*command[:place], str(Path(folder, command[place])), *command[place + 1 :]]
        result = CliRunner().invoke(cli, moved, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return {path.name: path.read_text("utf-8") for path in sorted(Path(folder).iterdir())}


def main() -> None:
    folder = PAGE.with_suffix("")
    folder.mkdir(exist_ok=True)
    for command in commands().values():
        for name, text in drawn(command).items():
            (folder / name).write_text(text, "utf-8")
            print(f"docs/pictures/{name}")


if __name__ == "__main__":
    main()
