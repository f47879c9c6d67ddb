"""Replacing files in one step: whoever reads, and whoever is killed, finds the old content or the new, never a part.

What is new is written beside what it replaces, under a name that only archcalc gives, and renamed. A process that is
killed leaves such files behind. While one is written its process holds a lock, which ends with it: so the next run
can tell what nobody will finish, and removes that.
"""

from __future__ import annotations

import os
import re
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

SUFFIX = ".archcalc-new"
"""What the names of files and folders end with that are not in their place yet."""

MOST_BYTES = 1 << 26
"""A file that is larger is none of ours, and is not read."""

_LEFT = re.compile(r"\..+\.[a-z0-9_]{8}" + re.escape(SUFFIX), re.DOTALL)


def read_plain(path: Path) -> bytes | None:
    """What is in a file; ``None`` where there is none, or something else, such as a pipe, which is never waited for."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(handle, "rb") as file:
            found = os.fstat(handle)
            if stat.S_ISREG(found.st_mode) and found.st_size <= MOST_BYTES:
                return file.read(MOST_BYTES)
    return None


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put files into a folder. Raises OSError; each then is as it was, or whole.

    A folder that is not there yet appears with all of them. Elsewhere none is replaced before all are written.
    """
    mode = 0o666 & ~_umask()
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        remove_left(folder.parent)
        with _new_folder(folder) as new:
            for name, data in files.items():
                _write(new / name, data)
                os.chmod(new / name, mode)
            os.rename(new, folder)
        return
    remove_left(folder)
    with ExitStack() as stack:
        written = {folder / name: stack.enter_context(_new_file(folder / name, data)) for name, data in files.items()}
        for new_file in written.values():
            os.chmod(new_file, mode)
        for path, new_file in written.items():
            os.replace(new_file, path)


def replace_file(path: Path, data: bytes, still: Callable[[], bool]) -> bool:
    """Put a new content in a file's place, if ``still`` says so once it is written; permissions and group are kept.

    Raises OSError; the file then is as it was.
    """
    remove_left(path.parent)
    before = path.stat()
    with _new_file(path, data) as new:
        made = new.stat()
        if made.st_gid != before.st_gid:
            os.chown(new, -1, before.st_gid)
        os.chmod(new, stat.S_IMODE(before.st_mode))
        if not still():
            return False
        os.replace(new, path)
    return True


def remove_left(folder: Path) -> None:
    """Remove what runs that were killed left in a folder: ours by its name, and nobody's any more."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if _LEFT.fullmatch(entry.name) and (entry.is_file(follow_symlinks=False) or _is_folder(entry)):
                with suppress(OSError):
                    _remove_if_left(entry)


def _is_folder(entry: os.DirEntry[str]) -> bool:
    return entry.is_dir(follow_symlinks=False)


def _remove_if_left(entry: os.DirEntry[str]) -> None:
    with _opened(entry.path) as handle:
        if _is_locked(handle):
            if _is_folder(entry):
                shutil.rmtree(entry.path)
            else:
                os.unlink(entry.path)


@contextmanager
def _new_file(path: Path, data: bytes) -> Iterator[Path]:
    """A new file beside a path with this content, locked; removed at the end where it still is there."""

    def made() -> str:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=SUFFIX)
        os.close(handle)
        return name

    with _ours(made) as new:
        _write(new, data)
        yield new


@contextmanager
def _new_folder(path: Path) -> Iterator[Path]:
    """The same for a folder."""
    with _ours(lambda: tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=SUFFIX)) as new:
        os.chmod(new, 0o777 & ~_umask())
        yield new


@contextmanager
def _ours(made: Callable[[], str]) -> Iterator[Path]:
    """A new file or folder, locked. What another run took for left before it was locked is made again."""
    while True:
        new = Path(made())
        try:
            with _opened(new) as handle:
                if _is_locked(handle) is False or not new.exists():
                    continue
                yield new
                return
        finally:
            if new.is_dir():
                shutil.rmtree(new)
            else:
                new.unlink(missing_ok=True)


def _write(path: Path, data: bytes) -> None:
    with open(path, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


@contextmanager
def _opened(path: Path | str) -> Iterator[int | None]:
    """A file or folder to be locked; ``None`` where files have no locks that end with a process.

    Such systems do not let go of a file that is open, either.
    """
    if os.name != "posix":
        yield None
        return
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        yield handle
    finally:
        os.close(handle)


def _is_locked(handle: int | None) -> bool | None:
    """Whether this process has locked an open file now; false where another one has; ``None`` where it has no locks."""
    if handle is None:
        return True
    import fcntl

    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return None
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
