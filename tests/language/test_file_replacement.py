"""Files are replaced whole, and what a killed run left is removed by the next one: ours only, and nobody's any more."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

import pytest

from archcalc.language import file_replacement
from archcalc.language.file_replacement import SUFFIX, read_plain, remove_left, replace_file, write_files


def test_a_new_folder_appears_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "deep" / "net"
    rename = os.rename

    def seen(old: Path, new: Path) -> None:
        assert not folder.exists()
        assert {path.name for path in Path(old).iterdir()} == {"a", "b"}
        rename(old, new)

    monkeypatch.setattr(os, "rename", seen)
    write_files(folder, {"a": b"1", "b": b"2"})
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {"a": b"1", "b": b"2"}
    assert [path.name for path in folder.parent.iterdir()] == ["net"]
    mask = os.umask(0)
    os.umask(mask)
    assert folder.stat().st_mode & 0o777 == 0o777 & ~mask
    assert (folder / "a").stat().st_mode & 0o777 == 0o666 & ~mask


def test_nothing_is_replaced_before_all_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "net", {"a": b"1", "b": b"2"})
    replace = os.replace

    def seen(old: Path, new: Path) -> None:
        left = [path for path in (tmp_path / "net").iterdir() if path.name.endswith(SUFFIX)]
        assert {path.read_bytes() for path in left} >= {b"4"}
        replace(old, new)

    monkeypatch.setattr(os, "replace", seen)
    write_files(tmp_path / "net", {"a": b"3", "b": b"4"})
    assert {path.name: path.read_bytes() for path in (tmp_path / "net").iterdir()} == {"a": b"3", "b": b"4"}


def test_a_failure_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_files(tmp_path / "net", {"a": b"1", "b": b"2"})

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    for files, folder in (({"a": b"3"}, tmp_path / "net"), ({"a": b"3"}, tmp_path / "other")):
        with pytest.raises(OSError, match="No space left"):
            write_files(folder, files)
    assert {path.name: path.read_bytes() for path in (tmp_path / "net").iterdir()} == {"a": b"1", "b": b"2"}
    assert [path.name for path in tmp_path.iterdir()] == ["net"]


def test_what_a_killed_run_left_is_removed_and_nothing_else(tmp_path: Path) -> None:
    ours = tmp_path / f".net.abcd_123{SUFFIX}"
    kept = [
        f".net.ABCD1234{SUFFIX}", f"net.abcd1234{SUFFIX}", f".net.abcd1234{SUFFIX}.py", f".abcd1234{SUFFIX}",
        ".model.py.abcd1234", "model.py",
    ]  # fmt: skip
    for name in kept:
        (tmp_path / name).write_bytes(b"mine")
    ours.write_bytes(b"left")
    (tmp_path / f".net.folder00{SUFFIX}").mkdir()
    (tmp_path / f".net.folder00{SUFFIX}" / "model.py").write_bytes(b"left")
    os.mkfifo(tmp_path / f".net.apipe000{SUFFIX}")
    (tmp_path / f".net.linked00{SUFFIX}").symlink_to("model.py")
    remove_left(tmp_path)
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {*kept, f".net.apipe000{SUFFIX}", f".net.linked00{SUFFIX}"}
    remove_left(tmp_path / "none")


def test_what_another_run_writes_is_left_alone(tmp_path: Path) -> None:
    theirs = tmp_path / f".a.abcd1234{SUFFIX}"
    theirs.write_bytes(b"half")
    with open(theirs, "rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        write_files(tmp_path, {"a": b"1"})
        assert theirs.exists()
    write_files(tmp_path, {"a": b"2"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_without_locks_files_are_written_and_nothing_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def without(_handle: int, _how: int) -> None:
        raise OSError(37, "No locks available")

    monkeypatch.setattr(fcntl, "flock", without)
    left = tmp_path / f".a.abcd1234{SUFFIX}"
    left.write_bytes(b"left")
    write_files(tmp_path, {"a": b"1"})
    write_files(tmp_path / "new", {"a": b"1"})
    assert left.exists()
    assert (tmp_path / "a").read_bytes() == (tmp_path / "new" / "a").read_bytes() == b"1"


def test_what_the_cleaner_of_another_run_took_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = iter([False, True])
    locked = file_replacement._is_locked
    monkeypatch.setattr(file_replacement, "_is_locked", lambda handle: locked(handle) and next(found, True))
    write_files(tmp_path, {"a": b"1"})
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_only_plain_files_are_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "device").symlink_to("/dev/zero")
    with open(tmp_path / "large", "wb") as file:
        file.truncate(file_replacement.MOST_BYTES + 1)
    assert read_plain(tmp_path / "a") == read_plain(tmp_path / "link") == b"1"
    for name in ("pipe", "device", "large", "none", "."):
        assert read_plain(tmp_path / name) is None


def test_permissions_are_kept(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    os.chmod(tmp_path / "a", 0o640)
    assert not replace_file(tmp_path / "a", b"2", lambda: False)
    assert (tmp_path / "a").read_bytes() == b"1"
    assert replace_file(tmp_path / "a", b"2", lambda: True)
    assert (tmp_path / "a").read_bytes() == b"2"
    assert (tmp_path / "a").stat().st_mode & 0o777 == 0o640
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
