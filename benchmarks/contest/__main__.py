"""How often luck wins the contest, and how soon skill does: one JSON line.

Run with ``python -m benchmarks.contest --json``; docs/benchmarks.md says what each number means.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.contest.leagues import BLOCK, Leagues, Pool, draw_leagues, improve, join_leagues, make_pool
from benchmarks.contest.real_losses import RealLosses, measure_losses
from benchmarks.contest.replay import compare_policies, replay
from benchmarks.contest.season import NEVER, WEEK, Season
from morrow.config import Contest
from morrow.errors import MorrowError

UNIVERSES = ("us5", "ecb-fx")
PART = 325  # sessions of select and of test: a tenth of thirteen years
REPLAYED_PART = 125  # half a year: years are left to replay
YEAR = 52
MANY, FEW = 20, 9  # challengers of the false promotions, and of a shipped configuration
LONG_BLOCK = 75  # sessions: a quarter of a year and more of clustered losses
NEAR = 0.03  # spread of daily differences, a fraction of the loss, below which two recipes are near
EFFECTS = ((0.002, 500), (0.005, 500), (0.01, 500), (0.02, 500), (0.005, 1_500), (0.01, 1_500))


def main(words: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON line last."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.contest", description=__doc__)
    parser.add_argument("--json", action="store_true", help="only the line")
    parser.add_argument("--leagues", type=int, default=1_000, help="leagues of each figure")
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--work", type=Path, help="a folder that keeps the backtests")
    arguments = parser.parse_args(words)
    began = perf_counter()
    try:
        with ExitStack() as stack:
            folder = arguments.work or Path(
                stack.enter_context(tempfile.TemporaryDirectory(prefix="morrow-contest-"))
            )
            real = [measure_losses(universe, folder.resolve()) for universe in UNIVERSES]
            figures = measure(real, arguments.leagues, arguments.seed)
    except MorrowError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    sys.stdout.write(json.dumps({**figures, "seconds": round(perf_counter() - began, 1)}) + "\n")
    return 0


def measure(real: Sequence[RealLosses], leagues: int, seed: int) -> dict[str, Any]:
    """Figures of the line, from leagues shared evenly among universes and champions."""
    settings = Contest()
    luck, exact, bare = _play_luck(real, leagues, BLOCK, np.random.default_rng(seed), settings)
    longer, *_ = _play_luck(real, leagues, LONG_BLOCK, np.random.default_rng(seed + 1), settings)
    powers = {
        f"{effect:.1%} {sessions}": _play_skill(real, leagues, effect, sessions, seed, settings)
        for effect, sessions in EFFECTS
    }
    one, half = powers["1.0% 500"], powers["0.5% 1500"]
    return {
        "leagues": sum(map(len, luck)),
        "looks": YEAR + 1,
        "false_promotion_rate": _share(np.concatenate(luck)),
        "naive_false_promotion_rate": _share(np.concatenate(bare)),
        "false_promotion_rate_by_bets": _share(np.concatenate(exact)),
        "false_promotion_rate_by_universe": [_share(each) for each in luck],
        "false_promotion_rate_long_blocks": [_share(each) for each in longer],
        "power_1pct_500": one["near"],
        "power_05pct_1500": half["near"],
        "power_1pct_500_all_pairs": one["all"],
        "power_05pct_1500_all_pairs": half["all"],
        "power_by_effect": powers,
        "weeks_to_promotion_1pct": powers["1.0% 1500"]["weeks"],
        **compare_policies([replay(each, REPLAYED_PART, settings) for each in real]),
    }


def _play_luck(
    real: Sequence[RealLosses], leagues: int, block: int, draw: np.random.Generator, settings: Contest
) -> tuple[list[NDArray[np.bool_]], ...]:
    """Whether anybody was promoted in a year of leagues without a better recipe.

    Returns:
        by universe: by the contest; if bets alone were the evidence; and by a bare comparison of means.
    """
    pools = _make_pools(real, MANY, draw)
    luck, exact, bare = [], [], []
    for each, some in zip(real, pools, strict=True):
        length = 2 * (PART + each.horizon) + WEEK * YEAR
        count = -(-leagues // sum(map(len, pools)))
        together = join_leagues([draw_leagues(pool, count, length, draw, block) for pool in some])
        season = Season(together, each.horizon, PART, YEAR, settings)
        luck.append(season.play()[:, 0] != NEVER)
        exact.append(season.play(exact=True)[:, 0] != NEVER)
        bare.append(season.play_bare())
    return luck, exact, bare


def _play_skill(
    real: Sequence[RealLosses], leagues: int, effect: float, sessions: int, seed: int, settings: Contest
) -> dict[str, Any]:
    """How often the one better recipe of a league was promoted by the time it had so many sessions.

    Returns:
        shares of the leagues in which it is near the champion, of those in which it is far, and of all; the
        share in which another was promoted instead; and the median weeks of the near ones that were promoted.
    """
    draw, weeks = np.random.default_rng(seed), (sessions - PART) // WEEK
    pools, near, best = _make_pools(real, FEW, draw), [], []
    played, by_bets = [], []
    for each, some in zip(real, pools, strict=True):
        length = 2 * (PART + each.horizon) + WEEK * weeks
        together: list[Leagues] = []
        for pool in some:
            challengers = pool.gains.shape[1]
            count = -(-leagues // (sum(map(len, pools)) * challengers))
            for better in range(challengers):
                together.append(draw_leagues(improve(pool, [better], effect), count, length, draw))
                near += [pool.spread[better] < NEAR] * count
                best += [better] * count
        season = Season(join_leagues(together), each.horizon, PART, weeks, settings)
        played.append(season.play())
        by_bets.append(season.play(exact=True))
    flags, chosen = np.asarray(near), np.asarray(best)
    look, winner = np.concatenate(played).T
    hits, ends = winner == chosen, np.cumsum([len(each) for each in played])[:-1]
    parts = zip(np.split(hits, ends), np.split(flags, ends), strict=True)
    return _summarize_skill(flags, look, winner, hits) | {
        "near_by_universe": [_share(right[some]) for right, some in parts],
        "near_by_bets": _share((np.concatenate(by_bets)[:, 1] == chosen)[flags]),
    }


def _summarize_skill(
    near: NDArray[np.bool_], look: NDArray[np.int64], winner: NDArray[np.int64], right: NDArray[np.bool_]
) -> dict[str, Any]:
    weeks = look[near & right]
    return {
        "near": _share(right[near]),
        "far": _share(right[~near]),
        "all": _share(right),
        "other": _share((winner != NEVER) & ~right),
        "weeks": float(np.median(weeks)) if len(weeks) else None,
    }


def _make_pools(real: Sequence[RealLosses], count: int, draw: np.random.Generator) -> list[list[Pool]]:
    """A pool for each champion, by universe."""
    return [[make_pool(each, champion, count, draw) for champion in range(len(each.names))] for each in real]


def _share(flags: NDArray[np.bool_]) -> float | None:
    return round(float(flags.mean()), 4) if len(flags) else None


if __name__ == "__main__":
    sys.exit(main())
