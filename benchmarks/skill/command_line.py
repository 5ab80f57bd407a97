"""What the benchmarks that walk over universes have in common on the command line."""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.skill import final_results
from benchmarks.skill.blocks import Quarter
from morrow.errors import MorrowError

SIGNIFICANT = 6  # digits

Figures = dict[str, Any]


def add_options(parser: argparse.ArgumentParser, refits: int) -> None:
    """The options of a walk: which universes, how many refits, which part of the history, where work lies."""
    parser.add_argument("--json", action="store_true", help="print one JSON line last (always done)")
    parser.set_defaults(quarter=Quarter.JUDGED)
    quarters = parser.add_mutually_exclusive_group()
    quarters.add_argument(
        "--early",
        dest="quarter",
        action="store_const",
        const=Quarter.EARLY,
        help="score the second quarter, on which choices may be made, instead of the third",
    )
    quarters.add_argument(
        "--final",
        dest="quarter",
        action="store_const",
        const=Quarter.FINAL,
        help="score the last quarter and write it down: once or twice",
    )
    parser.add_argument("--config", type=Path, help="a morrow.toml; default: the shipped universes")
    parser.add_argument("--refits", type=_several, default=refits, help="equally spaced, at most")
    parser.add_argument(
        "--universe", action="append", default=[], help="one of the configuration; repeatable"
    )
    parser.add_argument("--work", type=Path, help="folder that keeps finished work, to go on from")


def measure_universes(names: Sequence[str], measure: Callable[[str], Figures]) -> tuple[Figures, int]:
    """What each universe gave, and the exit code of the last that failed, which costs no other its result."""
    result: Figures = {}
    failed = 0
    for name in names:
        try:
            result[name] = measure(name)
        except MorrowError as error:
            print_line(str(error))
            result[name], failed = {"error": str(error)}, error.exit_code
    return result, failed


def print_result(result: Figures, arguments: argparse.Namespace, benchmark: str) -> int:
    """Print the line; with ``--final`` write it down as well. Returns 1 where it could not be written."""
    line = json.dumps(_round_figures(result))
    failed = 0
    if arguments.quarter == Quarter.FINAL:
        config: Path | None = arguments.config
        home = config.resolve().parent / "docs" / "final-looks.md" if config else final_results.SHIPPED
        try:
            final_results.record(home, benchmark, line, datetime.now(UTC))
        except OSError as error:
            print_line(f"this look could not be written down: {error}")
            failed = 1
    print(line)
    return failed


def print_line(line: str) -> None:
    """A line on stderr, beside the result."""
    print(line, file=sys.stderr, flush=True)


def _round_figures(value: Any) -> Any:
    """Floats to so many significant digits, wherever they stand."""
    if isinstance(value, dict):
        return {name: _round_figures(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_round_figures(each) for each in value]
    return float(f"{value:.{SIGNIFICANT}g}") if isinstance(value, float) else value


def _several(text: str) -> int:
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{count} refits are none; give 1 or more")
    return count
