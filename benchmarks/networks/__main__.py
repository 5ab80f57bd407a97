"""What networks add, walked forward over universes as a user has them: one JSON line.

Run with ``python -m benchmarks.networks --json``; docs/benchmarks.md says what each number means.
"""

import argparse
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np

from benchmarks.networks import us_stocks
from benchmarks.networks.block_losses import BlockLosses
from benchmarks.networks.cold_start import LENGTHS, start_cold
from benchmarks.networks.figures import (
    UniverseLosses,
    describe_pretraining,
    measure_cold,
    measure_pooled,
)
from benchmarks.skill.blocks import blocks
from benchmarks.skill.command_line import add_options, measure_universes, print_line, print_result
from benchmarks.skill.participants import Participants, choose_participants, find_or_add
from benchmarks.skill.universe import ingest_universe, open_config
from benchmarks.skill.walk_forward import Walk
from morrow.config import Config, EnsembleRecipe, NetworkRecipe
from morrow.errors import MorrowError

REFITS = 3
WALKED = ("sessions", "symbols", "rows", "picks", "skipped")  # figures of the walk that are shown


def main(words: Sequence[str] | None = None) -> int:
    """Walk, and print one JSON line last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.networks", description=__doc__)
    add_options(parser, REFITS)
    arguments = parser.parse_args(words)
    try:
        result, failed = _measure(arguments)
    except MorrowError as error:
        print_line(str(error))
        return error.exit_code
    return print_result(result, arguments, "benchmarks.networks") or failed


def _measure(arguments: argparse.Namespace) -> tuple[dict[str, Any], int]:
    with ExitStack() as stack:
        folder = arguments.work or Path(
            stack.enter_context(tempfile.TemporaryDirectory(prefix="morrow-networks-"))
        )
        config = _open(arguments.config, folder.resolve())
        measured: list[UniverseLosses] = []
        result, failed = measure_universes(
            config.universe_names(tuple(arguments.universe)),
            lambda name: _universe(config, name, folder, arguments, measured),
        )
        result |= {"cold": measure_cold([each.cold for each in measured]), "pooled": measure_pooled(measured)}
    return result | {"pretrain": describe_pretraining()}, failed


def _open(path: Path | None, folder: Path) -> Config:
    """The shipped configuration with the universe of the package skfolio, or another configuration."""
    config = open_config(path, folder)
    if path is not None:
        return config
    if (data := us_stocks.find_data()) is None:
        print_line(us_stocks.GET)
        return config
    return us_stocks.add_us_stocks(config, data, folder)


def _universe(
    config: Config, name: str, folder: Path, arguments: argparse.Namespace, measured: list[UniverseLosses]
) -> dict[str, Any]:
    began = perf_counter()
    say = partial(_print_universe, name)
    setting = ingest_universe(config, name, folder)
    say(f"{len(setting.bars):,} bars taken in, {len(setting.sessions):,} sessions")
    participants, regression = _choose_participants(config)
    judged = blocks(setting, arguments.refits, arguments.quarter)
    losses = BlockLosses(np.asarray(config.forecast.levels))
    answering = frozenset(
        each
        for each, recipe in participants.recipes.items()
        if each == regression or isinstance(recipe, NetworkRecipe | EnsembleRecipe)
    )
    walked = Walk(setting, participants, say, answering, losses.add).go(judged)
    say(f"walked; {perf_counter() - began:.0f} s")
    cold = {length: start_cold(setting, judged, length) for length in LENGTHS}
    universe_losses = UniverseLosses(losses, regression, cold)
    measured.append(universe_losses)
    facts = {key: walked[key] for key in WALKED}
    return universe_losses.measure() | facts | {"seconds": round(perf_counter() - began, 1)}


def _choose_participants(config: Config) -> tuple[Participants, str]:
    """The configured recipes and those that judge them; and which is the regression."""
    participants = choose_participants(config, every=False)
    recipes = dict(participants.recipes)
    regression = find_or_add(recipes, "regression")
    return replace(participants, recipes=recipes), regression


def _print_universe(universe: str, words: str) -> None:
    print_line(f"{universe}: {words}")


if __name__ == "__main__":
    sys.exit(main())
