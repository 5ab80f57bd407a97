"""The files of a path, a folder or a glob, their digest, and their bytes in bounded blocks."""

import glob
import hashlib
import re
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from morrow.errors import SourceError
from morrow.sources.tables.archives import is_archive, read_archive
from morrow.sources.tables.file_formats import GZIP, PARQUET
from morrow.sources.tables.workbook import is_workbook

FileKind = Literal["csv", "parquet", "excel"]
"""How the files of a source are read."""

_ENDINGS: dict[FileKind, re.Pattern[str]] = {
    "csv": re.compile(r"\.(csv|tsv|tab|txt|prn)(\.(gz|zip|bz2|xz))?$|\.zip$", re.IGNORECASE),
    "parquet": re.compile(r"\.(parquet|pq)$", re.IGNORECASE),
    "excel": re.compile(r"\.(xlsx|xlsm|xlsb|xls|ods)$", re.IGNORECASE),
}
_EXAMPLES = {"csv": ".csv or .csv.gz", "parquet": ".parquet", "excel": ".xlsx"}
_SUFFIXES = re.compile(
    r"(\.(csv|tsv|tab|txt|prn|parquet|pq|xlsx|xlsm|xlsb|xls|ods))?(\.(gz|zip|bz2|xz))?$", re.IGNORECASE
)
_MAGIC = re.compile(r"[*?\[]")
_BLOCK = 1 << 23
_LONGEST_LINE = 1 << 22
_BOMB_RATIO, _BOMB_FLOOR = 200, 1 << 26


@dataclass(frozen=True)
class SourceFile:
    """One file of a source.

    Attributes:
        path: absolute, or relative to the working folder.
        name: for messages.
        digest: sha256 of its bytes.
    """

    path: Path
    name: str
    digest: str

    @property
    def symbol(self) -> str:
        """The symbol, where nothing in the file names it."""
        return symbol_of(self.path)


def list_files(
    path: str, root: Path, kind: FileKind
) -> tuple[tuple[SourceFile, ...], tuple[tuple[str, str], ...]]:
    """List the files of a path in the order of their names, and take their digests.

    In a folder those count whose names end as the kind's do, in a glob (``**`` reaches into folders) all, and
    never a hidden one.

    Returns:
        The files, and (symbol, reason) of those among several that are empty or cannot be read.

    Raises:
        SourceError: there is none that can be read.
    """
    target = root / path
    with _plain_errors(target):
        if target.is_dir():
            candidates = [file for file in target.iterdir() if _ENDINGS[kind].search(file.name)]
            lacks = f"no file that ends like {_EXAMPLES[kind]} in"
            if not candidates and kind == "parquet" and any(target.glob("*/*.parquet")):
                lacks = 'only folders in it, whose files "/**/*.parquet" after it would find:'
        elif _MAGIC.search(path) and not target.exists():
            candidates = [Path(name) for name in glob.glob(str(target), recursive=True)]  # noqa: PTH207 (absolute too)
            lacks = "no file is matched by"
        else:
            return (_describe(target, path),), ()
        paths = sorted(file for file in candidates if file.is_file() and not file.name.startswith((".", "_")))
    if not paths:
        raise SourceError(f'{lacks} "{target}"; set source.path, relative to morrow.toml')
    files, failed, first_error = [], [], None
    for file in paths:
        try:
            files.append(_describe(file, file.name))
        except SourceError as error:
            first_error = first_error or error
            failed.append((symbol_of(file), str(error)))
    if first_error is not None and not files:
        raise first_error
    return tuple(files), tuple(failed)


def list_files_of_any_kind(path: Path) -> tuple[FileKind, tuple[SourceFile, ...]]:
    """The kind of the first file of a path, and the files of that kind.

    Raises:
        SourceError: there is none, or it cannot be read.
    """
    kind: FileKind = "csv"
    with _plain_errors(path):
        if path.is_dir():
            names = [file.name for file in path.iterdir()]
            kind = next((each for each in _ENDINGS if any(map(_ENDINGS[each].search, names))), "csv")
    files, _ = list_files(str(path), Path(), kind)
    with open_unchanged(files[0]) as file:
        first = file.read(_BLOCK)
    if first.startswith(PARQUET):
        return "parquet", files
    return ("excel" if is_workbook(first) else "csv"), files


def list_others(path: str, root: Path, kind: FileKind) -> tuple[str, ...]:
    """Names of the files of a folder that another kind of source would read."""
    folder = root / path
    if not folder.is_dir():
        return ()
    others = [pattern for each, pattern in _ENDINGS.items() if each != kind]
    names = sorted(printable(file.name) for file in folder.iterdir() if not file.name.startswith((".", "_")))
    return tuple(name for name in names if any(pattern.search(name) for pattern in others))


def symbol_of(file: Path) -> str:
    """A symbol out of a file's name: in capitals, without the endings that say how it is written."""
    return printable(_SUFFIXES.sub("", file.name).upper())


def printable(name: str) -> str:
    """A file's name as text, whatever bytes it has."""
    return name.encode("utf-8", "backslashreplace").decode()


def digest_of(files: tuple[SourceFile, ...]) -> str:
    """Hash of the bytes of all files, and of their names if there are several: 64 hex digits."""
    if len(files) == 1:
        return files[0].digest
    listing = "\n".join(f"{file.digest}  {file.path.name}" for file in files)
    return hashlib.sha256(listing.encode()).hexdigest()


@contextmanager
def open_unchanged(source: SourceFile) -> Iterator[BinaryIO]:
    """Open a file, and check afterwards that it is still the one whose digest was taken.

    Raises:
        SourceError: it cannot be read, or was changed in between.
    """
    with _plain_errors(source.path), source.path.open("rb") as file:
        yield file
    if _hash(source.path) != source.digest:
        raise SourceError(f'"{source.name}" was changed while it was read; run again when it is complete')


def cut_lines(pieces: Iterable[bytes], name: str) -> Iterator[bytes]:
    """Cut the pieces of a text into blocks of whole lines.

    Raises:
        SourceError: a line is longer than 4 MiB.
    """
    rest = b""
    for piece in pieces:
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
                "a CSV has one line per row: export it again"
            )
    if rest:
        yield rest


def read_pieces(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Yield the bytes of a file, plain, gzipped or alone in an archive, in pieces of bounded size.

    Raises:
        SourceError: it is broken or a decompression bomb.
    """
    first = file.read(8)
    file.seek(0)
    if is_archive(first):
        file.seek(0)
        is_sheet = is_workbook(file.read(_BLOCK))
        file.seek(0)
        if not is_sheet:
            yield from read_archive(file, name)
            return
    if not first.startswith(GZIP):
        while piece := file.read(_BLOCK):
            yield piece
        return
    try:
        yield from _inflate(file, name)
    except zlib.error as error:
        raise SourceError(f'"{name}" is a broken gzip file: {error}; fetch it again') from None


def _inflate(file: BinaryIO, name: str) -> Iterator[bytes]:
    """Every member of a gzip file, in pieces of bounded size; zeros after the last one are padding."""
    consumed = produced = 0
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
        consumed, produced = consumed + before - len(pending), produced + len(piece)
        if produced > _BOMB_FLOOR and produced > _BOMB_RATIO * consumed:
            raise SourceError(
                f'"{name}" swells to more than {_BOMB_RATIO} times its size when it is unzipped; '
                "if it is meant to, unzip it yourself"
            )
        if piece:
            yield piece
    if not decoder.eof:
        raise SourceError(f'"{name}" is a broken gzip file: it ends too early; fetch it again')


def _describe(path: Path, name: str) -> SourceFile:
    with _plain_errors(path):
        if printable(name) != name:
            raise SourceError(f'the name of "{printable(name)}" is not UTF-8; rename the file')
        if path.exists() and not (path.is_file() or path.is_dir()):
            raise SourceError(f'"{path}" is no file; set source.path to a file, a folder or a glob')
        if path.exists() and not path.stat().st_size:
            raise SourceError(f'"{path}" is empty (0 bytes); export it again')
        return SourceFile(path, name, _hash(path))


def _hash(path: Path) -> str:
    with _plain_errors(path), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _plain_errors(path: Path) -> Iterator[None]:
    """Turn what the operating system raises into one line."""
    try:
        yield
    except FileNotFoundError:
        raise SourceError(f'no file at "{path}"; set source.path, relative to morrow.toml') from None
    except OSError as error:
        raise SourceError(f'cannot read "{path}": {error.strerror}; check the path and its rights') from None
