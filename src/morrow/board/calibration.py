"""The page on calibration: do intervals hold the share of outcomes that they promise, and when."""

from typing import Any

import numpy as np
import pandas as pd

from morrow import metrics
from morrow.board import charts
from morrow.board.champions import describe_champion
from morrow.board.charts import Chart
from morrow.board.facts import Facts
from morrow.board.pages import Page, count, format_number
from morrow.board.record import average_scores, describe_window
from morrow.frames import quantile_column

ROLLING = 20  # cutoffs over which coverage is averaged
CERTAIN = 1.96  # standard deviations of a 95 % band
REGIMES = ("calm", "middle", "wild")


def make_calibration(facts: Facts) -> Page:
    """The page, with coverage by cutoff and the shares by level as files."""
    over_time = measure_over_time(facts.scores)
    shares, bins = measure_shares(facts)
    values = {
        "over_time": _draw_over_time(over_time) if len(over_time) else None,
        "reliability": _draw_reliability(facts, shares) if len(shares) else None,
        "pit": _draw_pit(facts, bins) if len(bins) else None,
        "regimes": _list_regimes(facts),
        "test": facts.windows.get("test", ""),
        "window": describe_window(facts.scores) if len(facts.scores) else "",
    }
    files = {
        "data/coverage.csv": charts.write_csv(over_time),
        "data/reliability.csv": charts.write_csv(shares),
        "data/pit.csv": charts.write_csv(bins),
    }
    return Page("calibration.html", "Calibration", values, files)


def measure_over_time(scores: pd.DataFrame) -> pd.DataFrame:
    """Coverage of the 80 % interval by cutoff, and over the last ``ROLLING`` cutoffs with its band.

    The band is where the mean of as many cutoffs falls 95 times in 100 if 80 % is right and the outcomes of
    one cutoff all fall together, which makes it wider than independent ones would.

    Returns:
        cutoff, rows, in_80 (fraction), rolling, low and high (fractions).
    """
    by_cutoff = average_scores(scores, "cutoff")
    table = pd.DataFrame({"cutoff": by_cutoff.index, "rows": by_cutoff["rows"], "in_80": by_cutoff["in_80"]})
    table = table.dropna(subset=["in_80"]).reset_index(drop=True)
    table["rolling"] = table["in_80"].rolling(ROLLING, min_periods=1).mean()
    seen = np.minimum(np.arange(1, len(table) + 1), ROLLING)
    half = CERTAIN * np.sqrt(0.8 * 0.2 / seen)
    return table.assign(low=np.maximum(0.8 - half, 0.0), high=np.minimum(0.8 + half, 1.0))


def measure_shares(facts: Facts) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Shares of outcomes below each quantile and in each bin between them, of the recent scored forecasts.

    Returns:
        level and share (fractions), with rows; and from, to, expected and share of each bin.
    """
    key = ["symbol", "cutoff", "step", "model_version"]
    rows = facts.forecasts.merge(facts.scores[[*key, "realised"]], on=key)
    names = [quantile_column(level) for level in facts.levels]
    quantiles = rows.reindex(columns=names).to_numpy(np.float64, na_value=np.nan)
    whole = np.isfinite(quantiles).all(axis=1)
    quantiles, actual = quantiles[whole], rows["realised"].to_numpy(np.float64)[whole]
    if not len(actual):
        return pd.DataFrame(columns=["level", "share", "rows"]), pd.DataFrame(columns=["from", "to", "share"])
    levels = np.asarray(facts.levels)
    bins = metrics.pit_bins(quantiles, actual, levels).mean(axis=0)
    shares = pd.DataFrame(
        {"level": levels, "share": (actual[:, None] <= quantiles).mean(axis=0), "rows": len(actual)}
    )
    ends = np.concatenate([[0.0], levels, [1.0]])
    expected = metrics.bin_probabilities(levels)
    return shares, pd.DataFrame({"from": ends[:-1], "to": ends[1:], "expected": expected, "share": bins})


def _draw_over_time(table: pd.DataFrame) -> Chart:
    days = [f"{day:%Y-%m-%d}" for day in table["cutoff"]]
    band = [
        {
            "type": "scatter", "mode": "lines", "x": days, "y": (100 * table[name]).tolist(),
            "line": {"width": 0}, "hoverinfo": "skip", **more,
        }
        for name, more in (
            ("low", {"showlegend": False}),
            ("high", {"fill": "tonexty", "fillcolor": charts.WIDE, "name": "95 % band around 80 %"}),
        )
    ]  # fmt: skip
    points = {
        "type": "scatter", "mode": "markers", "x": days, "y": (100 * table["in_80"]).tolist(),
        "name": "one cutoff", "marker": {"color": charts.QUIET, "size": 6, "symbol": "circle-open"},
    }  # fmt: skip
    rolling = charts.line(f"mean of the last {ROLLING} cutoffs", days, (100 * table["rolling"]).tolist())
    last = table.iloc[-1]
    inside = "inside" if last["low"] <= last["rolling"] <= last["high"] else "outside"
    return Chart(
        identity="coverage",
        title="Share of outcomes inside the 80 % interval, over time",
        about=f"In per cent, all symbols and steps; {count(len(table), 'cutoff')}; source: scores. "
        "The band holds the mean 95 times in 100 if 80 % is right and a cutoff's outcomes fall alike.",
        alternative=f"The newest mean is {format_number(last['rolling'], 1, 100)} %, {inside} its band.",
        traces=[*band, points, rolling],
        across="cutoff",
        up="inside [%]",
        download="data/coverage.csv",
        layout={"xaxis": {"type": "category", "nticks": 8}, "yaxis": {"range": [0, 104]}},
    )


def _draw_reliability(facts: Facts, shares: pd.DataFrame) -> Chart:
    diagonal = {
        "type": "scatter", "mode": "lines", "x": [0, 100], "y": [0, 100], "name": "perfect",
        "line": {"color": charts.QUIET, "width": 1, "dash": "dot"}, "hoverinfo": "skip",
    }  # fmt: skip
    points = charts.line("morrow", (100 * shares["level"]).tolist(), (100 * shares["share"]).tolist())
    worst = shares.iloc[int((shares["share"] - shares["level"]).abs().to_numpy().argmax())]
    return Chart(
        identity="reliability",
        title="Reliability: outcomes below each quantile",
        about=f"In per cent; {_describe_recent(facts)}; sources: forecasts, scores.",
        alternative=f"The largest miss is at {100 * worst['level']:.4g} %: "
        f"{format_number(worst['share'], 1, 100)} % of outcomes lie below.",
        traces=[diagonal, points],
        across="level of the quantile [%]",
        up="outcomes below it [%]",
        download="data/reliability.csv",
        layout={"xaxis": {"range": [0, 100]}, "yaxis": {"range": [0, 100]}},
    )


def _draw_pit(facts: Facts, bins: pd.DataFrame) -> Chart:
    ratio = bins["share"] / bins["expected"]
    names = [f"{100 * low:.4g}–{100 * high:.4g}" for low, high in zip(bins["from"], bins["to"], strict=True)]
    trace = {
        "type": "bar", "x": names, "y": ratio.round(4).tolist(), "marker": {"color": charts.NARROW},
        "name": "observed ÷ expected", "showlegend": False,
    }  # fmt: skip
    tails = bins["share"].iloc[[0, -1]].sum() / bins["expected"].iloc[[0, -1]].sum()
    return Chart(
        identity="pit",
        title="PIT: outcomes between the quantiles, against what was expected",
        about=f"Observed share ÷ expected share, 1 is right; {_describe_recent(facts)}; sources: forecasts, "
        "scores.",
        alternative=f"The two outermost bins hold {format_number(float(tails), 2)} times what they should.",
        traces=[trace],
        across="bin between two levels [%]",
        up="observed ÷ expected",
        download="data/pit.csv",
        layout={"xaxis": {"type": "category"}, "shapes": [charts.level_line(1.0, "")]},
    )


def _list_regimes(facts: Facts) -> list[dict[str, Any]]:
    """The champion's coverage on the test sessions, by tercile of volatility at the cutoff."""
    champion = describe_champion(facts)
    rows = {row["name"]: row for row in facts.leaderboard}
    row = rows.get(champion["recipe"]) if champion else None
    tables = (row or {}).get("by_volatility") or {}
    return [
        {
            "regime": name,
            "rows": f"{tables[name]['rows']:,}",
            "pinball": format_number(tables[name].get("pinball"), 2, 1e4),
            "in_80": format_number(tables[name].get("coverage_80"), 1, 100),
            "in_95": format_number(tables[name].get("coverage_95"), 1, 100),
        }
        for name in REGIMES
        if name in tables
    ]


def _describe_recent(facts: Facts) -> str:
    """Of which scored forecasts the shares are: those of the cutoffs that the board carries."""
    return describe_window(facts.scores[facts.scores["cutoff"] >= facts.forecasts["cutoff"].min()])
