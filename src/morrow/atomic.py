"""Write files and folders whole or not at all: under another name first, then renamed.

A reader sees what was there before or what is there now, never a part. A killed writer leaves a hidden
``.NAME.*.partial`` beside the target, which a later write of the same name removes once it is a day old.
"""

import fcntl
import glob
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

PARTIAL, NEW, OLD = ".partial", ".new", ".old"
LEFTOVER_AGE_S = 86_400  # older than any write that may still be running


def write_file(file: Path, content: str | bytes | memoryview) -> None:
    """Write or replace a file; text as UTF-8. Missing parent folders are created.

    Raises:
        OSError: it cannot be written; what was there before is unchanged.
    """
    with new_file(file) as partial:
        partial.write_bytes(content.encode() if isinstance(content, str) else content)


@contextmanager
def new_file(file: Path) -> Iterator[Path]:
    """Give a path to write to, which replaces ``file`` if the block ends without an error.

    Raises:
        OSError: it cannot be written; what was there before is unchanged.
    """
    partial = _partial(file)
    try:
        yield partial
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)
    _remove_leftovers(file)


@contextmanager
def new_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which becomes ``folder`` if the block ends without an error.

    If ``folder`` exists by the end, it stays: another process has already written the same content.

    Raises:
        OSError: it cannot be written.
    """
    partial = _partial(folder)
    partial.mkdir()
    try:
        yield partial
        _rename_unless_there(partial, folder)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    _remove_leftovers(folder)


def remove_folder(folder: Path) -> None:
    """Remove a folder so that no reader sees a part of it.

    Raises:
        OSError: it cannot be removed.
    """
    partial = _partial(folder)
    folder.rename(partial)
    shutil.rmtree(partial)


@contextmanager
def replacing_folder(folder: Path) -> Iterator[Path]:
    """Give an empty folder to fill, which replaces ``folder`` if the block ends without an error.

    The new content is on the disk before the old is touched. Only one process at a time may do this in a
    parent folder, after it has called :func:`restore_folders` to undo what a killed writer left.

    Raises:
        OSError: it cannot be written.
    """
    new, old = (folder.with_name(f".{folder.name}{ending}") for ending in (NEW, OLD))
    new.mkdir()
    try:
        yield new
        for file in new.rglob("*"):
            _sync(file)
        _sync(new)
        if folder.exists():
            folder.rename(old)
        new.rename(folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
    _sync(folder.parent)
    if old.exists():
        shutil.rmtree(old)


def restore_folders(parent: Path) -> None:
    """Remove what a killed :func:`replacing_folder` left; a folder set aside and not replaced comes back.

    Raises:
        OSError: it cannot be removed or renamed.
    """
    for old in sorted(parent.glob(f".*{OLD}")):
        folder = parent / old.name[1 : -len(OLD)]
        if folder.exists():
            shutil.rmtree(old)
        else:
            old.rename(folder)
    for new in parent.glob(f".*{NEW}"):
        shutil.rmtree(new)


@contextmanager
def locking_folder(folder: Path) -> Iterator[None]:
    """Hold a folder alone; the system releases it if the process ends.

    Raises:
        OSError: there is no such folder, or it cannot be read.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _partial(target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    return target.with_name(f".{target.name}.{uuid4().hex[:12]}{PARTIAL}")


def _rename_unless_there(partial: Path, folder: Path) -> None:
    if folder.exists():
        return
    try:
        partial.rename(folder)
    except OSError:
        if not folder.exists():  # another process may have made it since
            raise


def _remove_leftovers(target: Path) -> None:
    """Remove what killed writers of the target left; ages are by the clock of the file system."""
    for leftover in target.parent.glob(f".{glob.escape(target.name)}.*{PARTIAL}"):
        with suppress(OSError):  # another process may be removing it too
            if target.stat().st_mtime - leftover.stat().st_mtime > LEFTOVER_AGE_S:
                shutil.rmtree(leftover) if leftover.is_dir() else leftover.unlink()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
