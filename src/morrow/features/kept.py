"""What a night keeps of its features for the next one: values, states and a hash of the bars they stood on.

Values lie in a file that stays from night to night, and in a small one with what came since. A file that is
damaged, or stood on other features, is as good as none.
"""

import contextlib
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from morrow import atomic
from morrow.features.block import Array, State

KEPT, BASE = "kept.npz", "base-{}.npy"
GROWN = 0.1  # share of new rows from which on the base is written anew
FOLDERS = 3  # selections of features that a universe keeps


@dataclass(frozen=True)
class Kept:
    """S series of earlier nights.

    Attributes:
        symbols: of each series.
        first: (S,) its first session.
        digest: (S, C) uint64, of its bars' columns.
        lengths: (S,) bars that it had.
        days: (T,) sessions that there were.
        base, base_start, base_count: (R, F) older values, and each series' rows there.
        newer, newer_start: (N, F) values of the bars since, and where each series' begin.
        states: (S,) each.
        figures: (T,) each.
        base_check: (S,) checksum of each series' rows in the base, which who reads them compares.
        base_name: of the base's file; empty before there is one.
    """

    symbols: tuple[str, ...]
    first: NDArray[np.datetime64]
    digest: NDArray[np.uint64]
    lengths: NDArray[np.int64]
    days: NDArray[np.datetime64]
    base: NDArray[np.float32]
    base_start: NDArray[np.int64]
    base_count: NDArray[np.int64]
    newer: NDArray[np.float32]
    newer_start: NDArray[np.int64]
    states: State
    figures: Mapping[str, Array]
    base_check: NDArray[np.int64]
    base_name: str = ""

    def copy(self, series: int, values: NDArray[np.float32]) -> bool:
        """Put a series' values (its lengths, F) into an array; answers whether they are undamaged."""
        start, count = int(self.base_start[series]), int(self.base_count[series])
        newer, length = int(self.newer_start[series]), int(self.lengths[series])
        if isinstance(self.base, np.memmap):
            _read_rows(self.base, start, values[:count])
        else:
            values[:count] = self.base[start : start + count]
        values[count:] = self.newer[newer : newer + length - count]
        return bool(checksum(values[:count]) == self.base_check[series])


def _read_rows(base: "np.memmap[Any, np.dtype[np.float32]]", start: int, values: NDArray[np.float32]) -> None:
    """Read a file's rows into an array: twice as fast as by way of a map, whose pages fault one by one."""
    if not values.size:
        return
    view = values.data.cast("B")
    with Path(str(base.filename)).open("rb", buffering=0) as file:
        file.seek(base.offset + start * base.strides[0])
        if file.readinto(view) != len(view):
            values[:] = np.nan  # the checksum tells


@cache
def code() -> str:
    """Of the source that computes features, and of the packages that it stands on."""
    found = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        found.update(file.read_bytes())
    for package in ("numpy", "scipy", "pandas"):
        found.update(version(package).encode())
    return found.hexdigest()


def key(names: Sequence[str], module: str) -> str:
    """16 hex digits of the features, of the user's module and of the code that computes them."""
    plain = json.dumps([list(names), module, code()])
    return hashlib.sha256(plain.encode()).hexdigest()[:16]


def read(folder: Path) -> Kept | None:
    """What was kept in a folder; None where nothing was, or it is damaged."""
    try:
        with np.load(folder / KEPT, allow_pickle=False) as found:
            arrays = {name: found[name] for name in found.files}
        words = json.loads(bytes(arrays.pop("words")).decode())
        base = np.load(folder / words["base_name"], mmap_mode="r", allow_pickle=False)
        if base.dtype != np.float32:
            return None
        parts = {
            kind: {name.partition("/")[2]: arrays.pop(name) for name in list(arrays) if name.startswith(kind)}
            for kind in ("states/", "figures/")
        }
        return Kept(
            symbols=tuple(words["symbols"]),
            base=base,
            base_name=words["base_name"],
            states=parts["states/"],
            figures=parts["figures/"],
            **arrays,
        )
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write(kept: Kept, folder: Path) -> None:
    """Keep it in a folder, all or nothing; a folder that cannot be written keeps nothing."""
    with contextlib.suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        name = kept.base_name or _write_base(kept.base, checksum(kept.base_check), folder)
        words = {"symbols": kept.symbols, "base_name": name}
        arrays = {
            field: getattr(kept, field)
            for field in (
                "first", "digest", "lengths", "days", "base_start", "base_count", "base_check", "newer",
                "newer_start",
            )
        }  # fmt: skip
        arrays |= {f"states/{each}": values for each, values in kept.states.items()}
        arrays |= {f"figures/{each}": values for each, values in kept.figures.items()}
        arrays["words"] = np.frombuffer(json.dumps(words).encode(), np.uint8)
        content = io.BytesIO()
        np.savez(content, **arrays)
        atomic.write_file(folder / KEPT, content.getbuffer())
        _forget(folder, name)


def _write_base(base: NDArray[np.float32], held: int, folder: Path) -> str:
    name = BASE.format(f"{held:08x}-{len(base)}")
    with atomic.new_file(folder / name) as partial, partial.open("wb") as file:
        np.save(file, base, allow_pickle=False)
    return name


def _forget(folder: Path, name: str) -> None:
    """Remove bases that are not the newest, and selections that were not used for long."""
    for file in folder.glob(BASE.format("*")):
        if file.name != name:
            file.unlink(missing_ok=True)
    others = sorted((one for one in folder.parent.iterdir() if one.is_dir()), key=_age)
    for old in others[:-FOLDERS]:
        if old != folder:
            for file in old.iterdir():
                file.unlink(missing_ok=True)
            old.rmdir()


def _age(folder: Path) -> float:
    file = folder / KEPT
    return file.stat().st_mtime if file.exists() else 0.0


def checksum(values: NDArray[Any]) -> int:
    """Of an array's bytes, that no damaged word leaves the same."""
    plain = np.ascontiguousarray(values).reshape(-1).view(np.uint8)
    whole = len(plain) // 8 * 8
    total = int(plain[:whole].view(np.uint64).sum(dtype=np.uint64)) + int(plain[whole:].sum(dtype=np.int64))
    return (total ^ len(plain)) % 2**63


@cache
def _multipliers(size: int) -> NDArray[np.uint64]:
    return np.random.default_rng(0).integers(0, 2**64, size, np.uint64) | np.uint64(1)


def digest(column: NDArray[Any], begin: int) -> np.uint64:
    """Hash of a part of a column that begins at a place; a whole's is the sum of its parts', modulo 2^64.

    Args:
        column: (N,) of eight bytes each.
        begin: the place of its first value in the whole.
    """
    words = column.view(np.uint64)
    mixed = words ^ (words >> np.uint64(32))
    size = 1 << (begin + len(column)).bit_length()
    return np.uint64(np.dot(mixed, _multipliers(size)[begin : begin + len(column)]))
