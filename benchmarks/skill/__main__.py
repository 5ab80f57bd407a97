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

from benchmarks.skill import final_results
from benchmarks.skill.blocks import blocks
from benchmarks.skill.participants import choose_participants
from benchmarks.skill.universe import ingest_universe, open_config
from benchmarks.skill.walk_forward import Walk
from morrow.config import Config
from morrow.errors import MorrowError

REFITS = 5
SIGNIFICANT = 6  # digits


def main(words: Sequence[str] | None = None) -> int:
    """Walk, and print one JSON line last."""
    arguments = _parser().parse_args(words)
    try:
        result, failed = _measure(arguments)
    except MorrowError as error:
        _print_line(str(error))
        return error.exit_code
    line = json.dumps(_round_figures(result))
    if arguments.final:
        home = (
            arguments.config.resolve().parent / "docs" / "final-looks.md"
            if arguments.config
            else final_results.SHIPPED
        )
        try:
            final_results.record(home, line, datetime.now(UTC))
        except OSError as error:
            _print_line(f"this look could not be written down: {error}")
            failed = 1
    print(line)
    return failed


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], int]:
    """What each universe gave, and the exit code of the last that failed, which costs no other its result."""
    with ExitStack() as stack:
        folder = arguments.work or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="morrow-skill-"))
        )
        config = open_config(arguments.config, folder.resolve())
        result: dict[str, Any] = {}
        failed = 0
        for name in config.universe_names(tuple(arguments.universe)):
            try:
                result[name] = _universe(config, name, folder, arguments)
            except MorrowError as error:
                _print_line(str(error))
                result[name], failed = {"error": str(error)}, error.exit_code
    return result if arguments.config or arguments.universe else result | _speed(), failed


def _universe(config: Config, name: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    began = perf_counter()
    say = partial(_print_universe, name)
    setting = ingest_universe(config, name, folder)
    say(f"{len(setting.bars):,} bars taken in, {len(setting.sessions):,} sessions")
    walk = Walk(setting, choose_participants(config, every=arguments.all), not arguments.judged, say)
    result = walk.go(blocks(setting, arguments.refits, final=arguments.final))
    return result | {"seconds": round(perf_counter() - began, 1)}


def _speed() -> dict[str, Any]:
    """How long the features take, from the benchmark of the features, in a process of its own."""
    result: dict[str, Any] = dict.fromkeys(("features_s", "features_next_night_s", "volatility_models_s"))
    line = [sys.executable, "-m", "benchmarks.features", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        _print_line(f"benchmarks.features failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return result
    measured = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: measured.get(name) for name in result}


def _round_figures(value: Any) -> Any:
    """Floats to so many significant digits, wherever they stand."""
    if isinstance(value, dict):
        return {name: _round_figures(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_round_figures(each) for each in value]
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value


def _print_universe(universe: str, words: str) -> None:
    _print_line(f"{universe}: {words}")


def _print_line(line: str) -> None:
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
