"""A spec as it was at a revision of the git repository that it is in."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory


class NotAtRevision(ValueError):
    """There is no such file, revision, repository, or no git."""


class NewSince(NotAtRevision):
    """The file is there, and the revision has none of its name."""


@contextmanager
def at_revision(revision: str, spec: str) -> Iterator[tuple[str, str]]:
    """The path of a copy of a spec as it was, with all YAML files around it, and the name to show for it.

    The copy is gone afterwards. Raises NotAtRevision, and NewSince for a file that was added.
    """
    path = Path(spec).absolute()
    if not path.parent.is_dir():
        raise NotAtRevision(f"there is no folder {path.parent}")
    top = Path(_git(path.parent, "rev-parse", "--show-toplevel").decode().rstrip("\n"))
    # A name that begins with a dash is no option of git's.
    commit = (
        _git(top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    )
    inside = path.parent.resolve().relative_to(top.resolve()) / path.name
    if not _git(top, "ls-tree", "--name-only", commit, "--", inside.as_posix()):
        missing = NewSince if path.is_file() else NotAtRevision
        raise missing(f"{inside.as_posix()} is not in {revision}")
    with TemporaryDirectory(prefix="archcalc-") as folder:
        files = _git(top, "archive", "--format=tar", commit, "--", ":(glob)**/*.y*ml")
        with tarfile.open(fileobj=io.BytesIO(files)) as archive:
            archive.extractall(folder, filter="data")
        copy = Path(folder) / inside
        if not copy.is_file():
            raise NotAtRevision(f"{inside.as_posix()} is no YAML file in {revision}")
        yield str(copy), f"{revision}:{inside.as_posix()}"


def _git(folder: Path, *arguments: str) -> bytes:
    try:
        return subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, check=True).stdout
    except FileNotFoundError:
        raise NotAtRevision("git is not installed, or not found in PATH") from None
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode("utf-8", "replace").strip().split("\n")[0]
        if arguments[0] == "rev-parse" and "--verify" in arguments:
            said = f"{arguments[-1].removesuffix('^{commit}')} is not a revision of {folder}"
        elif arguments[0] == "archive" and "pathspec" in said:
            said = "the revision has no YAML file"
        raise NotAtRevision(said) from None
