"""How long taking in takes: a first load, the night after it, per row at two sizes, and night after night.

Markets are written before the clock starts. Whole commands run in processes of their own, imports included;
the path alone is timed in a process that has imported everything and taken in a small market.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks.faults import sheet_of
from benchmarks.faults.verdicts import UNIVERSE, Project
from benchmarks.market import stocks
from morrow import config, steps

SYMBOLS, LONG, SHORT = 500, 5_000, 500
_CLI = "import sys; from morrow.cli import main; sys.exit(main())"
_GIGA = 1e9
_WINDOW = 30  # sessions of a vendor's nightly file


@dataclass(frozen=True)
class Took:
    """Wall-clock seconds of a process, its largest resident memory in GB, and the last line it wrote."""

    seconds: float
    gigabytes: float
    output: str


def measure(seed: int, repeats: int, nights: int, night_symbols: int) -> dict[str, object]:
    """Every measure of speed; each a median of ``repeats`` rounds, whose parts take turns."""
    with tempfile.TemporaryDirectory(prefix="morrow-speed-") as name:
        folder = Path(name)
        _write_files(folder, seed)
        rounds = [_round(folder, number) for number in range(repeats)]
        result = _summary(rounds)
        return result | _night_after_night(folder / "nights", seed, nights, night_symbols)


def _write_files(folder: Path, seed: int) -> None:
    """Files of the first load, of the night after it, of a tenth of it, and of a small one to warm up."""
    market = stocks(SYMBOLS, LONG + 1, seed, whole=True)
    whole = sheet_of(market)
    whole.write(folder / "next.parquet")
    whole.upto(LONG - 1).write(folder / "long.parquet")
    whole.upto(SHORT - 1).write(folder / "short.parquet")
    few = sheet_of(stocks(20, 400, seed, whole=True))
    few.write(folder / "warm.parquet")


def _round(folder: Path, number: int) -> Mapping[str, Took]:
    """One round: whole commands on the long and the short file, the next night, and the path alone."""
    took = {}
    long = _project(folder / f"long-{number}", folder / "long.parquet")
    took["first"] = _command(long)
    _give(long, folder / "next.parquet")
    took["next"] = _command(long)
    took["first_short"] = _command(_project(folder / f"short-{number}", folder / "short.parquet"))
    for size in ("short", "long"):
        target = _project(folder / f"alone-{size}-{number}", folder / f"{size}.parquet")
        warm = _project(folder / f"warm-{size}-{number}", folder / "warm.parquet")
        took[f"alone_{size}"] = _process([sys.executable, "-m", "benchmarks.speed", str(warm), str(target)])
    return took


def _summary(rounds: Sequence[Mapping[str, Took]]) -> dict[str, object]:
    seconds = {name: [each[name].seconds for each in rounds] for name in rounds[0]}
    alone = {size: [float(each[f"alone_{size}"].output) for each in rounds] for size in ("short", "long")}
    first = json.loads(rounds[0]["first"].output)[0]["ingest"]
    tonight = json.loads(rounds[0]["next"].output)[0]["ingest"]
    return {
        "rows": SYMBOLS * LONG,
        "accepted": first["accepted"],
        "next_night_accepted": tonight["accepted"],
        "first_ingest_s": round(median(seconds["first"]), 2),
        "next_night_s": round(median(seconds["next"]), 2),
        "peak_memory_gb": round(
            max(each[name].gigabytes for each in rounds for name in ("first", "next")), 2
        ),
        "growth_per_row": round(median(alone["long"]) / median(alone["short"]) * SHORT / LONG, 3),
        "growth_per_row_with_start": round(
            median(seconds["first"]) / median(seconds["first_short"]) * SHORT / LONG, 3
        ),
        "spread": {
            **{f"{name}_s": _spread(seconds[name]) for name in ("first", "next", "first_short")},
            **{f"path_{size}_s": _spread(alone[size]) for size in alone},
        },
        "machine": {"cpus": os.cpu_count(), "load": [round(load, 1) for load in os.getloadavg()]},
    }


def _night_after_night(folder: Path, seed: int, nights: int, symbols: int) -> dict[str, object]:
    """Nights in a row, each of a file with the last sessions alone; seconds of the first and last 25."""
    if not nights:
        return {}
    market = stocks(symbols, SHORT + nights, seed + 1, whole=True)
    project, whole = Project(folder, market.calendar), sheet_of(market)
    project.ingest(whole.upto(SHORT - 1))
    took = []
    for at in range(SHORT, SHORT + nights):
        tonight = whole.upto(at)
        tonight.there[:, : at - _WINDOW] = False
        tonight.write(folder / "prices.parquet")
        began = time.perf_counter()
        ingested, _ = project.ingest_file(tonight)
        took.append(time.perf_counter() - began)
        if ingested.accepted + ingested.quarantined != symbols:
            raise RuntimeError(f"night {at - SHORT} took in {ingested.accepted} of {symbols} new rows")
    part = min(25, nights)
    first, last = took[:part], took[-part:]
    return {
        "nights": nights,
        "night_symbols": symbols,
        "nights_first_s": round(median(first), 3),
        "nights_last_s": round(median(last), 3),
        "nights_growth": round(median(last) / median(first), 3),
        "nights_spread_s": {"first": _spread(first), "last": _spread(last), "all": _spread(took)},
    }


def _project(folder: Path, file: Path) -> Path:
    """A project whose source is a link to a file."""
    Project(folder, "XNYS")
    _give(folder, file)
    return folder


def _give(folder: Path, file: Path) -> None:
    target = folder / "prices.parquet"
    target.unlink(missing_ok=True)
    target.hardlink_to(file)


def _command(folder: Path) -> Took:
    """``morrow ingest --json`` in a process of its own."""
    return _process([sys.executable, "-c", _CLI, "ingest", "--json", "--config", str(folder / "morrow.toml")])


def _process(words: Sequence[str]) -> Took:
    """Run a process and hear of its memory from the system.

    Raises:
        RuntimeError: it failed.
    """
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as complaints:
        process = subprocess.Popen(list(words), stdout=out, stderr=complaints)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for file in (out, complaints):
            file.seek(0)
            texts.append(file.read().strip())
    if process.returncode:
        raise RuntimeError(f"{' '.join(words[:4])} ended with {process.returncode}: {texts[1][-500:]}")
    return Took(seconds, usage.ru_maxrss * 1024 / _GIGA, texts[0].splitlines()[-1])


def _spread(values: Sequence[float]) -> list[float]:
    """Least, median and most."""
    return [round(value, 3) for value in (min(values), float(np.median(values)), max(values))]


def _alone(warm: Path, target: Path) -> float:
    """Seconds of the step on one project, after it was taken on another in the same process."""
    step = steps.STEPS[0]
    for folder in (warm, target):
        night = steps.Night(config.load(folder / "morrow.toml"), UNIVERSE, None, datetime.now(UTC))
        began = time.perf_counter()
        step(night, {})
        seconds = time.perf_counter() - began
    return seconds


if __name__ == "__main__":
    print(_alone(Path(sys.argv[1]), Path(sys.argv[2])))
