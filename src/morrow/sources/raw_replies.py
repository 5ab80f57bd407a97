"""Raw replies of live sources, stored unchanged before they are parsed."""

import gzip
import hashlib
import json
import re
import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from morrow import atomic
from morrow.errors import SourceError

_STAMP = "%Y%m%dT%H%M%SZ"
_SUMMARY = "batch.json"


@dataclass(frozen=True)
class RawReplies:
    """Where a universe's raw replies are kept, and for how long.

    Attributes:
        folder: the universe's own; each fetch has a folder in it, named by its time.
        days: how long they are kept; 0 keeps none.
        now: wall clock of the run.
    """

    folder: Path
    days: int
    now: datetime


@dataclass
class Keeper:
    """Keeps the replies of one fetch.

    Attributes:
        raw: where; None keeps nothing.
        kept: the file, size and hash of each, in the order they came.
    """

    raw: RawReplies | None
    kept: list[dict[str, object]] = field(default_factory=list)

    def keep(self, label: str, body: bytes) -> None:
        """Write a reply, compressed.

        Raises:
            SourceError: it cannot be written, for instance because the disk is full.
        """
        if self.raw is None or not self.raw.days:
            return
        name = re.sub(r"[^A-Za-z0-9._=^-]", "_", label)[:60]
        number = len(self.kept) + 1
        path = self._folder(self.raw) / f"{number:04d}-{name}.gz"
        while path.exists():  # another fetch of the same second
            number += 1
            path = path.with_name(f"{number:04d}-{name}.gz")
        _write(path, gzip.compress(body, compresslevel=6, mtime=0))
        digest = hashlib.sha256(body).hexdigest()
        self.kept.append({"file": path.name, "bytes": len(body), "sha256": digest})

    def close(self, batch: str, source: str) -> None:
        """Write which batch the replies belong to, and remove those that are too old.

        Raises:
            SourceError: the disk is full.
        """
        if self.raw is None:
            return
        if self.kept:
            summary = {"batch": batch, "source": source, "replies": self.kept}
            _write(self._folder(self.raw) / _SUMMARY, json.dumps(summary, indent=1).encode())
        _remove_old(self.raw)

    @staticmethod
    def _folder(raw: RawReplies) -> Path:
        return raw.folder / raw.now.astimezone(UTC).strftime(_STAMP)


def _write(path: Path, data: bytes) -> None:
    try:
        atomic.write_file(path, data)
    except OSError as error:
        raise SourceError(
            f'raw replies cannot be kept in "{path.parent}": {error.strerror or error}; '
            "make room or grant write access, or set [ingest].raw_days = 0"
        ) from None


def _remove_old(raw: RawReplies) -> None:
    """Remove the folders of fetches that are older than they are kept; what cannot be removed stays."""
    oldest = (raw.now.astimezone(UTC) - timedelta(days=raw.days)).strftime(_STAMP)
    if not raw.folder.is_dir():
        return
    for folder in raw.folder.iterdir():
        if re.fullmatch(r"\d{8}T\d{6}Z", folder.name) and folder.name < oldest:
            shutil.rmtree(folder, ignore_errors=True)
