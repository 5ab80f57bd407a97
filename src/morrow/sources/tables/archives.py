"""Archives with one text in them: zip, bzip2 and xz, unpacked in pieces of bounded size."""

import bz2
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, cast

from morrow.errors import SourceError

_ZIP, _BZIP2, _XZ = b"PK\x03\x04", b"BZh", b"\xfd7zXZ\x00"
_PIECE = 1 << 23
_BOMB_RATIO, _BOMB_FLOOR = 200, 1 << 26
_LISTED_MEMBERS = 4


def is_archive(first: bytes) -> bool:
    """Whether the first bytes of a file are those of an archive that is unpacked here."""
    return first.startswith((_ZIP, _BZIP2, _XZ))


def read_archive(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the bytes of the only file in an archive.

    Args:
        file: to read from.
        name: of it, for messages.

    Raises:
        SourceError: it is broken or a decompression bomb, has a password, or not exactly one file in it.
    """
    packed = file.seek(0, 2)
    file.seek(0)
    first = file.read(8)
    file.seek(0)
    produced = 0
    with _plain_errors(name), _open(file, first, name) as unpacked:
        while piece := unpacked.read(_PIECE):
            produced += len(piece)
            if produced > _BOMB_FLOOR and produced > _BOMB_RATIO * packed:
                raise SourceError(
                    f'"{name}" swells to more than {_BOMB_RATIO} times its size when it is unzipped; '
                    "if it is meant to, unzip it yourself"
                )
            yield piece


def _open(file: BinaryIO, first: bytes, name: str) -> BinaryIO:
    if first.startswith(_BZIP2):
        return cast("BinaryIO", bz2.BZ2File(file))
    if first.startswith(_XZ):
        return cast("BinaryIO", lzma.LZMAFile(file))
    archive = zipfile.ZipFile(file)
    members = [
        member.filename
        for member in archive.infolist()
        if not member.is_dir() and not member.filename.startswith(("__MACOSX/", "."))
    ]
    if len(members) != 1:
        listed = ", ".join(members[:_LISTED_MEMBERS]) + (", ..." if len(members) > _LISTED_MEMBERS else "")
        raise SourceError(
            f'"{name}" is a zip archive with {len(members)} files ({listed}), and one with a single CSV is '
            "read; unzip it into a folder, and name the folder"
        )
    return cast("BinaryIO", archive.open(members[0]))


@contextmanager
def _plain_errors(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, OSError, EOFError, lzma.LZMAError, zlib.error, NotImplementedError) as error:
        raise SourceError(f'"{name}" is a broken archive: {error}; fetch it again') from None
    except RuntimeError:
        raise SourceError(f'"{name}" has a password; unzip it yourself') from None
