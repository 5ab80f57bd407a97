"""The files behind a path: one, a folder's or a glob's, their digest, and their bytes in bounded blocks."""

import glob
import hashlib
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from morrow.errors import SourceError

GZIP, PARQUET = b"\x1f\x8b", b"PAR1"
_ENDINGS = {
    "csv": re.compile(r"\.(csv|tsv|txt)(\.gz)?$", re.IGNORECASE),
    "parquet": re.compile(r"\.(parquet|pq)$", re.IGNORECASE),
}
_SUFFIXES = re.compile(r"(\.(csv|tsv|txt|parquet|pq))?(\.gz)?$", re.IGNORECASE)
_MAGIC = re.compile(r"[*?\[]")
_BLOCK = 1 << 23
_LONGEST_LINE = 1 << 22
_BOMB_RATIO, _BOMB_FLOOR = 200, 1 << 26


@dataclass(frozen=True)
class Part:
    """One file of a source.

    Attributes:
        path: where it lies.
        name: as messages show it.
        digest: sha256 of its bytes.
    """

    path: Path
    name: str
    digest: str

    @property
    def stem(self) -> str:
        """The symbol, where nothing in the file names it."""
        return stem(self.path)


def find(
    path: str, root: Path, kind: Literal["csv", "parquet"]
) -> tuple[tuple[Part, ...], tuple[tuple[str, str], ...]]:
    """List the files of a path in the order of their names, and take their digests.

    Of a folder those that end as the kind's do, of a glob (``**`` reaches into folders) all, and never a
    hidden one.

    Returns:
        The files, and (stem, why) of those among several that are empty or cannot be read.

    Raises:
        SourceError: there is none that can be read.
    """
    place = root / path
    with _said(place):
        if place.is_dir():
            found = [file for file in place.iterdir() if _ENDINGS[kind].search(file.name)]
            wanted = f"no file that ends like {'.csv or .csv.gz' if kind == 'csv' else '.parquet'} in"
            if not found and kind == "parquet" and any(place.glob("*/*.parquet")):
                wanted = 'only folders in it, whose files "/**/*.parquet" after it would find:'
        elif _MAGIC.search(path) and not place.exists():
            found = [Path(name) for name in glob.glob(str(place), recursive=True)]  # noqa: PTH207 (absolute too)
            wanted = "no file is matched by"
        else:
            return (_part(place, path),), ()
        found = sorted(file for file in found if file.is_file() and not file.name.startswith((".", "_")))
    if not found:
        raise SourceError(f'{wanted} "{place}"; set source.path, relative to morrow.toml')
    parts, failed, first = [], [], None
    for file in found:
        try:
            parts.append(_part(file, file.name))
        except SourceError as error:
            first = first or error
            failed.append((stem(file), str(error)))
    if first is not None and not parts:
        raise first
    return tuple(parts), tuple(failed)


def first(path: Path) -> tuple[Literal["csv", "parquet"], Part]:
    """Which kind of file a path leads to, and the first of them.

    Raises:
        SourceError: there is none, or it cannot be read.
    """
    kind: Literal["csv", "parquet"] = "csv"
    with _said(path):
        if path.is_dir() and not any(_ENDINGS["csv"].search(file.name) for file in path.iterdir()):
            kind = "parquet"
    part = find(str(path), Path(), kind)[0][0]
    with opened(part) as file:
        kind = "parquet" if file.read(4) == PARQUET else "csv"
    return kind, part


def stem(file: Path) -> str:
    """Name a file in capitals, less what says how it is written: the symbol of one that names none."""
    return shown(_SUFFIXES.sub("", file.name).upper())


def shown(name: str) -> str:
    """A file's name as text, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode()


def digest(parts: tuple[Part, ...]) -> str:
    """Hash over the bytes of all files, and over their names if there are several: 64 hex digits."""
    if len(parts) == 1:
        return parts[0].digest
    listed = "\n".join(f"{part.digest}  {part.path.name}" for part in parts)
    return hashlib.sha256(listed.encode()).hexdigest()


@contextmanager
def opened(part: Part) -> Iterator[BinaryIO]:
    """Open a part, and see afterwards that it is still the file whose digest was taken.

    Raises:
        SourceError: it cannot be read, or was changed meanwhile.
    """
    with _said(part.path), part.path.open("rb") as file:
        yield file
    if _hashed(part.path) != part.digest:
        raise SourceError(f'"{part.name}" was changed while it was read; run again when it is written')


def blocks(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the bytes of a text file, plain or gzipped, in blocks of whole lines.

    Raises:
        SourceError: the gzip is broken or made to swell, or a line is longer than 4 MiB.
    """
    rest = b""
    for piece in _pieces(file, name):
        data = rest + piece
        cut = data.rfind(b"\n") + 1
        if not cut:  # the last byte may be the first half of a Windows line end
            cut = data.rfind(b"\r", 0, len(data) - 1) + 1
        if cut:
            yield data[:cut]
        rest = data[cut:]
        if len(rest) > _LONGEST_LINE:
            raise SourceError(
                f'"{name}" has a line longer than {_LONGEST_LINE >> 20} MiB; '
                "a CSV has a line a row: export it again"
            )
    if rest:
        yield rest


def _pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    first = file.read(2)
    file.seek(0)
    if first != GZIP:
        while piece := file.read(_BLOCK):
            yield piece
        return
    try:
        yield from _inflated(file, name)
    except zlib.error as error:
        raise SourceError(f'"{name}" is a broken gzip file: {error}; fetch it again') from None


def _inflated(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Every member of a gzip file, in pieces of bounded size; zeros after the last one are padding."""
    taken = given = 0
    pending, decoder = b"", zlib.decompressobj(wbits=31)
    while True:
        pending = pending or file.read(1 << 18)
        if not pending:
            break
        if decoder.eof:
            pending = pending.lstrip(b"\x00")
            if pending:
                decoder = zlib.decompressobj(wbits=31)
            continue
        before = len(pending)
        piece = decoder.decompress(pending, _BLOCK)
        pending = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
        taken, given = taken + before - len(pending), given + len(piece)
        if given > _BOMB_FLOOR and given > _BOMB_RATIO * taken:
            raise SourceError(
                f'"{name}" swells to more than {_BOMB_RATIO} times its size when it is unzipped; '
                "if it is meant to, unzip it yourself"
            )
        if piece:
            yield piece
    if not decoder.eof:
        raise SourceError(f'"{name}" is a broken gzip file: it ends too early; fetch it again')


def _part(place: Path, name: str) -> Part:
    with _said(place):
        if shown(name) != name:
            raise SourceError(f'the name of "{shown(name)}" is not UTF-8; rename the file')
        if place.exists() and not (place.is_file() or place.is_dir()):
            raise SourceError(f'"{place}" is no file; set source.path to a file, a folder or a glob')
        if place.exists() and not place.stat().st_size:
            raise SourceError(f'"{place}" is empty (0 bytes); export it again')
        return Part(place, name, _hashed(place))


def _hashed(place: Path) -> str:
    with _said(place), place.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _said(place: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError:
        raise SourceError(f'no file at "{place}"; set source.path, relative to morrow.toml') from None
    except OSError as error:
        raise SourceError(f'cannot read "{place}": {error.strerror}; check the path and its rights') from None
