"""The sha256 of a version's two files: recorded when it is registered, checked before they are used."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from morrow.fitted_model import DOCUMENT, WEIGHTS

TAG = "sha256."  # and the file's name


def digest_tags(folder: Path) -> dict[str, str]:
    """The tags that record both files of a fitted model: ``sha256.FILE`` and 64 hexadecimal digits."""
    return {f"{TAG}{name}": _digest(folder / name) for name in (DOCUMENT, WEIGHTS)}


def find_altered(files: Sequence[Path], tags: Mapping[str, str]) -> Path | None:
    """The first file that is not as recorded; a file without a record is not checked."""
    recorded = ((file, tags.get(f"{TAG}{file.name}")) for file in files)
    return next((file for file, digest in recorded if digest not in (None, _digest(file))), None)


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
