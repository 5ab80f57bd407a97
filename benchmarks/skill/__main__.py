"""How good morrow's own pick is, walked forward over a universe as a user has it: one JSON line.

Run with ``python -m benchmarks.skill --json``; docs/benchmarks.md says what each number means.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.skill import looks
from benchmarks.skill.entrants import entrants
from benchmarks.skill.setting import opened, take_in
from benchmarks.skill.walk import Walk
from benchmarks.skill.window import blocks
from morrow.config import Config
from morrow.errors import MorrowError

REFITS = 5
SIGNIFICANT = 6  # digits


def main(arguments: Sequence[str] | None = None) -> int:
    """Walk, and print one JSON line last."""
    asked = _parser().parse_args(arguments)
    try:
        found, failed = _measure(asked)
    except MorrowError as error:
        _say(str(error))
        return error.exit_code
    line = json.dumps(_rounded(found))
    if asked.final:
        home = asked.config.resolve().parent / "docs" / "final-looks.md" if asked.config else looks.SHIPPED
        try:
            looks.record(home, line, datetime.now(UTC))
        except OSError as error:
            _say(f"this look could not be written down: {error}")
            failed = 1
    print(line)
    return failed


def _measure(asked: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """What each universe gave, and the exit code of the last that failed, which costs no other its result."""
    with ExitStack() as stack:
        folder = asked.work or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="morrow-skill-")))
        config = opened(asked.config, folder.resolve())
        found: dict[str, Any] = {}
        failed = 0
        for name in config.universe_names(tuple(asked.universe)):
            try:
                found[name] = _universe(config, name, folder, asked)
            except MorrowError as error:
                _say(str(error))
                found[name], failed = {"error": str(error)}, error.exit_code
    return found if asked.config or asked.universe else found | _speed(), failed


def _universe(config: Config, name: str, folder: Path, asked: argparse.Namespace) -> dict[str, Any]:
    began = perf_counter()
    say = partial(_line, name)
    setting = take_in(config, name, folder)
    say(f"{len(setting.bars):,} bars taken in, {len(setting.sessions):,} sessions")
    walk = Walk(setting, entrants(config, every=asked.all), not asked.judged, say)
    found = walk.go(blocks(setting, asked.refits, final=asked.final))
    return found | {"seconds": round(perf_counter() - began, 1)}


def _speed() -> dict[str, Any]:
    """How long the features take, from the benchmark of the features, in a process of its own."""
    found: dict[str, Any] = dict.fromkeys(("features_s", "features_next_night_s", "volatility_models_s"))
    line = [sys.executable, "-m", "benchmarks.features", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        _say(f"benchmarks.features failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return found
    measured = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: measured.get(name) for name in found}


def _rounded(value: Any) -> Any:
    """Floats to so many significant digits, wherever they stand."""
    if isinstance(value, dict):
        return {name: _rounded(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value


def _line(universe: str, words: str) -> None:
    _say(f"{universe}: {words}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _several(text: str) -> int:
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{count} refits are none; give 1 or more")
    return count


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.skill", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line last (always done)")
    parser.add_argument(
        "--final", action="store_true", help="score the last quarter and write it down: once or twice"
    )
    parser.add_argument("--config", type=Path, help="a morrow.toml; default: the shipped universes")
    parser.add_argument("--all", action="store_true", help="with the baselines of the benchmark alone")
    parser.add_argument("--refits", type=_several, default=REFITS, help="equally spaced, at most")
    parser.add_argument(
        "--universe", action="append", default=[], help="one of the configuration; repeatable"
    )
    parser.add_argument("--judged", action="store_true", help="refit only what is judged, not every recipe")
    parser.add_argument("--work", type=Path, help="folder that keeps finished work, to go on from")
    return parser


if __name__ == "__main__":
    sys.exit(main())
