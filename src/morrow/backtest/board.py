"""The leaderboard: all metrics of every recipe on the test sessions."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morrow import forecast, metrics
from morrow.backtest.direction_scores import score_directions, score_ranking
from morrow.backtest.jobs import REGRESSION, Result, kind, scored_rows
from morrow.config import NetworkRecipe
from morrow.panel import Panel, Parts

Array = metrics.Array
NORMAL_95 = 1.959964
TABLES = ("by_symbol", "by_year", "by_volatility")


def outcomes(panel: Panel, part: tuple[int, int], before: int) -> metrics.Outcomes:
    """Realized outcomes of one part, for scoring; the MASE scale uses sessions before ``before``."""
    rows = scored_rows(panel, part)
    change = np.abs(np.diff(panel.adjusted, prepend=np.nan))
    usable = (panel.position > 0) & (panel.session < before)
    count = np.bincount(panel.symbol[usable], minlength=len(panel.symbols))
    total = np.bincount(panel.symbol[usable], weights=change[usable], minlength=len(panel.symbols))
    scale = np.divide(total, count, out=np.full(len(total), np.nan), where=(count > 0) & (total > 0))
    basis = panel.close[rows] / panel.adjusted[rows]
    return metrics.Outcomes(
        symbol=np.asarray(panel.symbols)[panel.symbol[rows]],
        close=panel.close[rows],
        scale=scale[panel.symbol[rows]] * basis,
        actual=panel.target[rows].astype(np.float64),
        year=panel.sessions[panel.session[rows]].astype("datetime64[Y]").astype(np.int64) + 1970,
        volatility=panel.unit[rows],
    )


def leaderboard(
    panel: Panel, parts: Parts, results: Sequence[Result], levels: Sequence[float]
) -> list[dict[str, Any]]:
    """One row per recipe, sorted by ascending pinball loss on the test sessions.

    All metrics except ``pinball_select`` are computed on the test sessions. ``by_step``, ``by_symbol``,
    ``by_year`` and ``by_volatility`` break the same metrics down by group; ``by_symbol`` also has the
    p-values of the Kupiec and Christoffersen tests at step 1. ``brier`` and ``log_loss`` require the
    direction head, ``log_score`` requires the student-t head, and ``rank_ic`` and ``ic`` require sessions
    with at least ten symbols. ``networks_pinball`` and its kin are those of a recipe's networks alone,
    without the regression that they are mixed with by ``weight``. A metric that cannot be computed is None.
    """
    grid = np.asarray(levels, dtype=np.float64)
    facts = outcomes(panel, parts.test, parts.select[0])
    selected = len(scored_rows(panel, parts.select))
    table: list[dict[str, Any]] = []
    losses: dict[str, Array] = {}
    for result in results:
        quantiles = result.quantiles[selected:].astype(np.float64)
        losses[result.name] = metrics.pinball(quantiles, facts.actual, grid).mean(axis=-1)  # (R, H)
        loss = result.losses
        scores = metrics.evaluate(quantiles, facts, levels)
        row: dict[str, Any] = {
            "name": result.name,
            "kind": kind(result.recipe),
            **scores,
            **_calibration(panel, parts, quantiles, facts, grid),
            **score_directions(panel, parts, result, quantiles, grid),
            **score_ranking(panel, parts, quantiles, grid),
            "log_score": _log_score(panel, parts, result),
            "pinball_select": float(loss.loc[loss["part"] == "select", "loss"].mean()),
            "train_s": result.seconds,
            "weight": result.weight,
            "answers_as": result.answers_as,
            "parameters": result.parameters,
            "runaway": result.runaway,
            **{f"networks_{name}": result.networks.get(name) for name in ("pinball", "pinball_select")},
        }
        for name, tests in _misses(quantiles[:, 0], facts, grid).items():
            row["by_symbol"][name] |= tests
        table.append(row)
    _compare(panel, parts, results, table, losses)
    return sorted(table, key=lambda row: (row["pinball"], row["name"]))


def in_parts(row: Mapping[str, Any]) -> pd.DataFrame:
    """The grouped metrics of a leaderboard row, one line per group: ``by``, ``value`` and the metrics."""
    lines = [{"by": "all", "value": "all"} | {name: row[name] for name in (*metrics.MEASURES, "rows")}]
    lines += [{"by": "step", "value": str(step)} | part for step, part in enumerate(row["by_step"], start=1)]
    for key in TABLES:
        lines += [{"by": key.removeprefix("by_"), "value": name} | part for name, part in row[key].items()]
    return pd.DataFrame(lines)


def _calibration(
    panel: Panel, parts: Parts, quantiles: Array, facts: metrics.Outcomes, levels: Array
) -> dict[str, float | None]:
    """Worst coverage gap by step and volatility, and the p-value of the PIT uniformity test at step 1.

    One-step-ahead forecasts do not overlap, so their dates are independent if the forecasts are correct.
    """
    thirds = metrics.terciles(panel.unit[scored_rows(panel, parts.test)])
    known = np.isfinite(facts.actual[:, 0])
    bins = metrics.pit_bins(quantiles[known, 0], facts.actual[known, 0], levels)
    date = panel.session[scored_rows(panel, parts.test)][known]
    return {
        "worst_coverage_gap": metrics.worst_coverage_gap(quantiles, facts.actual, levels, thirds),
        "pit_p": known_or_none(metrics.uniform_by_date(bins, date, metrics.bin_probabilities(levels), 0)[1]),
    }


def _log_score(panel: Panel, parts: Parts, result: Result) -> float | None:
    """Mean log score over known rows and steps; None for a recipe without a density."""
    if not isinstance(result.recipe, NetworkRecipe) or result.recipe.head != "student-t":
        return None
    scores = forecast.log_scores(result.model, panel, scored_rows(panel, parts.test))
    return None if scores is None else known_or_none(float(np.nanmean(scores)))


def _misses(quantiles: Array, facts: metrics.Outcomes, levels: Array) -> dict[str, dict[str, float | None]]:
    """Kupiec and Christoffersen p-values for one-step-ahead quantiles (R, Q), by symbol."""
    p_values: dict[str, dict[str, float | None]] = {str(name): {} for name in np.unique(facts.symbol)}
    known = np.isfinite(facts.actual[:, 0])
    for percent in metrics.SHARES:
        hits = metrics.inside(quantiles, facts.actual[:, 0], levels, percent / 100)
        for name, tests in p_values.items():
            own = known & (facts.symbol == name)
            one = np.empty(0) if hits is None else hits[own]
            tests[f"kupiec_p_{percent}"] = known_or_none(metrics.kupiec(one, percent / 100)[1])
            tests[f"christoffersen_p_{percent}"] = known_or_none(
                metrics.christoffersen(one, facts.symbol[own][: len(one)])[1]
            )
    return p_values


def _compare(
    panel: Panel,
    parts: Parts,
    results: Sequence[Result],
    table: Sequence[dict[str, Any]],
    losses: Mapping[str, Array],
) -> None:
    """Add to each row skill scores and Diebold-Mariano p-values against three baselines.

    They are EWMA, GJR-GARCH-t and the regression; the skill's interval is half of its 95 % interval, with
    HAC variance over dates; a recipe's networks alone have skill scores of their own.
    """
    rows = scored_rows(panel, parts.test)
    date = panel.session[rows]
    row_of, step_of = np.nonzero(np.isfinite(panel.target[rows]))
    for prefix, wanted in (("ewma", "ewma"), ("gjr_garch", "gjr-garch-t"), ("regression", REGRESSION)):
        names = [each.name for each in results if each.recipe.kind == wanted]
        reference = losses[names[0]] if names else None
        total = next((row["pinball"] for row in table if row["name"] in names[:1]), None)
        for row in table:
            own = losses[row["name"]]
            geometric, p, interval = None, None, None
            if reference is not None:
                one, other = (each[row_of, step_of] for each in (own, reference))
                geometric = metrics.skill_geomean(one, other, panel.symbol[rows][row_of])
                a, b = (metrics.loss_by_date(each, date) for each in (own, reference))
                statistic, p_value = metrics.diebold_mariano(a, b, metrics.lags(panel.horizon, len(a)))
                p, interval = known_or_none(p_value), _half_interval(a, b, statistic)
            row |= {
                f"skill_vs_{prefix}": metrics.skill(row["pinball"], total),
                f"networks_skill_vs_{prefix}": metrics.skill(row["networks_pinball"], total),
                f"skill_geomean_vs_{prefix}": geometric,
                f"dm_p_vs_{prefix}": p,
                f"skill_interval_vs_{prefix}": interval,
            }


def _half_interval(loss: Array, reference: Array, statistic: float) -> float | None:
    """Half of a skill score's 95 % interval, from losses by date (T,) and their Diebold-Mariano test."""
    if not statistic:
        return None
    error = abs(float((loss - reference).mean()) / statistic)
    return known_or_none(NORMAL_95 * error / float(reference.mean()))


def known_or_none(value: float) -> float | None:
    """The statistic, or None if it is not finite, which JSON cannot represent."""
    return float(value) if np.isfinite(value) else None
