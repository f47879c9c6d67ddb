"""The specs of a git repository as they were at a revision."""

from __future__ import annotations

import io
import os
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from archcalc.analysis.report import Report
    from archcalc.diagnostics.model import Diagnostic, Span


class NotAtRevision(ValueError):
    """There is no such file, revision, repository, or no git."""


class Past:
    """All YAML files as they were at a revision, of each repository that is asked about, in a ``folder`` of copies."""

    def __init__(self, revision: str, folder: Path) -> None:
        self.revision = revision
        self._folder = folder
        self._copied: dict[Path, tuple[str, Path]] = {}

    def copy(self, spec: str) -> Path:
        """Where the copy of a spec or a folder is, if there was one. Raises NotAtRevision."""
        top, inside = _placed(spec)
        return self._copies(top)[1] / inside

    def called(self, file: str) -> str:
        """What to call a copy, or a file that is none: ``main:nets/small.yaml``."""
        path = Path(file)
        inside = next((path.relative_to(at) for _, at in self._copied.values() if path.is_relative_to(at)), None)
        return file if inside is None else f"{self.revision}:{inside.as_posix()}"

    def has(self, spec: str) -> bool:
        """Whether the revision has a spec. Raises NotAtRevision for what is no YAML file there, or is nowhere."""
        if self.copy(spec).is_file():
            return True
        top, inside = _placed(spec)
        if _git(top, "ls-tree", "--name-only", self._copies(top)[0], "--", inside.as_posix()):
            raise NotAtRevision(f"{inside.as_posix()} is no YAML file in {self.revision}")
        if not Path(spec).is_file():
            raise NotAtRevision(f"{inside.as_posix()} is not in {self.revision}")
        return False

    def _copies(self, top: Path) -> tuple[str, Path]:
        """The commit of a repository, and the folder of its copies."""
        if top not in self._copied:
            # A name that begins with a dash is no option of git's.
            wanted = ("--verify", "--quiet", "--end-of-options", f"{self.revision}^{{commit}}")
            commit = _git(top, "rev-parse", *wanted).decode().strip()
            folder = self._folder / str(len(self._copied))
            folder.mkdir()
            _extract(top, commit, folder)
            self._copied[top] = commit, folder
        return self._copied[top]


@contextmanager
def at_revision(revision: str) -> Iterator[Past]:
    """The specs as they were. The copies are gone afterwards."""
    with TemporaryDirectory(prefix="archcalc-") as folder:
        yield Past(revision, Path(folder))


def with_names(report: Report, called: Callable[[str], str]) -> Report:
    """The report with every file in it, those of blocks, too, called what ``called`` says of its path."""
    from msgspec.structs import replace

    spec = report.spec
    if spec is not None:
        spec = replace(spec, texts={called(file): text for file, text in spec.texts.items()})
    diagnostics = tuple(_renamed(one, called) for one in report.diagnostics)
    return replace(report, file=called(report.file), spec=spec, diagnostics=diagnostics)


def _renamed(one: Diagnostic, called: Callable[[str], str]) -> Diagnostic:
    from msgspec.structs import replace

    def there(span: Span) -> Span:
        return replace(span, file=called(span.file)) if span.file else span

    labels = tuple(replace(label, span=there(label.span)) for label in one.labels)
    return replace(one, file=called(one.file), span=None if one.span is None else there(one.span), labels=labels)


def _placed(spec: str) -> tuple[Path, Path]:
    """The top of the repository that a file or folder is or was in, and its path from there."""
    path = Path(os.path.abspath(spec))
    there = next(folder for folder in (path, *path.parents) if folder.is_dir())
    top = Path(_git(there, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    return top, there.resolve().relative_to(top.resolve()) / path.relative_to(there)


def _extract(top: Path, commit: str, folder: Path) -> None:
    """Copy the YAML files of a commit, if it has any."""
    names = _git(top, "ls-tree", "-rz", "--name-only", commit).split(b"\0")
    if any(name.endswith((b".yaml", b".yml")) for name in names):
        files = _git(top, "archive", "--format=tar", commit, "--", ":(glob)**/*.y*ml")
        with tarfile.open(fileobj=io.BytesIO(files)) as archive:
            archive.extractall(folder, filter="data")


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise NotAtRevision("git is not installed, or not found in PATH") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        if arguments[0] == "rev-parse" and "--verify" in arguments:
            said = f"{arguments[-1].removesuffix('^{commit}')} is not a revision of {folder}"
        raise NotAtRevision(said) from None
