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
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

from benchmarks.skill.blocks import blocks
from benchmarks.skill.command_line import add_options, measure_universes, print_line, print_result
from benchmarks.skill.participants import choose_participants
from benchmarks.skill.universe import ingest_universe, open_config
from benchmarks.skill.walk_forward import Walk
from morrow.config import Config
from morrow.errors import MorrowError

REFITS = 5


def main(words: Sequence[str] | None = None) -> int:
    """Walk, and print one JSON line last."""
    arguments = _parser().parse_args(words)
    try:
        result, failed = _measure(arguments)
    except MorrowError as error:
        print_line(str(error))
        return error.exit_code
    return print_result(result, arguments, "benchmarks.skill") or failed


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], int]:
    with ExitStack() as stack:
        folder = arguments.work or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="morrow-skill-"))
        )
        config = open_config(arguments.config, folder.resolve())
        names = config.universe_names(tuple(arguments.universe))
        result, failed = measure_universes(names, lambda name: _universe(config, name, folder, arguments))
    return result if arguments.config or arguments.universe else result | _speed(), failed


def _universe(config: Config, name: str, folder: Path, arguments: argparse.Namespace) -> dict[str, Any]:
    began = perf_counter()
    say = partial(_print_universe, name)
    setting = ingest_universe(config, name, folder)
    say(f"{len(setting.bars):,} bars taken in, {len(setting.sessions):,} sessions")
    participants = choose_participants(config, every=arguments.all)
    answering = None if not arguments.judged else frozenset[str]()
    walk = Walk(setting, participants, say, answering)
    result = walk.go(blocks(setting, arguments.refits, arguments.quarter))
    return result | {"seconds": round(perf_counter() - began, 1)}


def _speed() -> dict[str, Any]:
    """How long the features take, from the benchmark of the features, in a process of its own."""
    result: dict[str, Any] = dict.fromkeys(("features_s", "features_next_night_s", "volatility_models_s"))
    line = [sys.executable, "-m", "benchmarks.features", "--json"]
    done = subprocess.run(line, capture_output=True, text=True, check=False)
    if done.returncode:
        print_line(f"benchmarks.features failed: {(done.stderr.strip().splitlines() or ['?'])[-1]}")
        return result
    measured = json.loads(done.stdout.strip().splitlines()[-1])
    return {name: measured.get(name) for name in result}


def _print_universe(universe: str, words: str) -> None:
    print_line(f"{universe}: {words}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.skill", description=__doc__)
    add_options(parser, REFITS)
    parser.add_argument("--all", action="store_true", help="with the baselines of the benchmark alone")
    parser.add_argument("--judged", action="store_true", help="refit only what is judged, not every recipe")
    return parser


if __name__ == "__main__":
    sys.exit(main())
