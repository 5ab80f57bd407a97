"""The page on data: completeness by symbol and session, refused rows by rule, revisions, gates' pages."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from morrow.board import charts
from morrow.board.charts import Chart
from morrow.board.facts import Facts
from morrow.board.file_names import make_file_name
from morrow.board.pages import Figure, Page, count, format_number, format_price

SHOWN_SESSIONS, SHOWN_SYMBOLS = 60, 60
LISTED = 100
PRESENT, MISSING, REFUSED, OUTSIDE = 2, 0, 1, None


def make_data(facts: Facts) -> Page:
    """The page, with the missing bars, the refused rows and the revisions as files."""
    grid = tabulate_bars(facts)
    refused = facts.refused.drop(columns=["universe", "decided_at"], errors="ignore")
    missing = grid.rename_axis("symbol").reset_index().melt("symbol", var_name="session", value_name="state")
    missing = missing[missing["state"].isin((MISSING, REFUSED))].assign(
        state=lambda rows: np.where(rows["state"] == REFUSED, "refused", "missing")
    )
    values = {
        "figures": list(_describe_data(facts)),
        "map": _draw_map(grid) if len(grid) else None,
        "gaps": list(_list_gaps(facts)),
        "rules": list(_list_rules(facts)),
        "revisions": list(_list_revisions(facts)),
        "revisions_count": len(facts.revisions),
        "gate_pages": [{"title": title, "address": address} for title, address in facts.gate_pages],
        "list_refused": facts.waiting.get("list_refused", ""),
    }
    files = {
        "data/missing.csv": charts.write_csv(missing),
        "data/refused.csv": charts.write_csv(refused),
        "data/revisions.csv": charts.write_csv(facts.revisions.drop(columns=["universe"])),
    }
    return Page("data.html", "Data", values, files)


def tabulate_bars(facts: Facts) -> pd.DataFrame:
    """State of each symbol on each of the recent sessions.

    Returns:
        One row a symbol and one column a session: 2 where there is a bar, 1 where a row was refused and is
        not stored, 0 where the bar is missing, NaN before the symbol's first recent bar.
    """
    days = facts.sessions[-SHOWN_SESSIONS:]
    symbols = sorted({str(name) for name in facts.bars["symbol"].unique()})
    grid = np.zeros((len(symbols), len(days)))
    for frame, state in ((facts.refused, REFUSED), (facts.bars, PRESENT)):
        row = pd.Index(symbols).get_indexer(pd.Index(frame["symbol"].astype("object")))
        column = days.get_indexer(pd.DatetimeIndex(frame["session"]))
        there = (row >= 0) & (column >= 0)
        grid[row[there], column[there]] = state
    first = facts.bars.groupby("symbol")["session"].min() if len(facts.bars) else pd.Series(dtype="object")
    for at, symbol in enumerate(symbols):
        grid[at, days < first[symbol]] = np.nan
    return pd.DataFrame(grid, index=symbols, columns=[f"{day:%Y-%m-%d}" for day in days])


def _describe_data(facts: Facts) -> Iterator[Figure]:
    report = facts.reports[-1] if facts.reports else {}
    completeness = (report.get("ingest") or {}).get("completeness")
    if completeness and completeness["expected"]:
        share = completeness["present"] / completeness["expected"]
        about = f"of {completeness['expected']:,} expected bars, first to last bar of each symbol"
        yield Figure("Complete", format_number(share, 2, 100, " %"), f"{about}; source: the night's report")
        about = f"{count(completeness['gaps'], 'gap')}; source: the night's report"
        yield Figure("Missing", f"{completeness['missing']:,}", f"bars in {about}")
    rows = facts.refused[["batch", "row"]].drop_duplicates()
    waiting = facts.refused[facts.refused["decision"].isna()][["batch", "row"]].drop_duplicates()
    about = f"rows ever refused, {len(waiting):,} of them undecided; source: quarantine"
    yield Figure("Refused", f"{len(rows):,}", about)
    yield Figure("Revised", f"{len(facts.revisions):,}", "values that a source changed; source: revisions")


def _draw_map(grid: pd.DataFrame) -> Chart:
    """The heat map; of many symbols those with the most missing or refused bars."""
    lacking = (grid < PRESENT).sum(axis=1)
    rows = grid.loc[lacking.sort_values(ascending=False, kind="stable").index[:SHOWN_SYMBOLS]]
    rows = rows.iloc[::-1]
    scale = [[0, charts.WARM], [0.33, charts.WARM], [0.33, charts.ORANGE], [0.66, charts.ORANGE],
             [0.66, charts.WIDE], [1, charts.WIDE]]  # fmt: skip
    trace = {
        "type": "heatmap", "x": list(rows.columns), "y": list(range(len(rows))),
        "z": [[None if np.isnan(value) else value for value in row] for row in rows.to_numpy()],
        "zmin": 0, "zmax": 2, "colorscale": scale, "xgap": 1, "ygap": 1, "hoverongaps": False,
        "colorbar": {
            "tickvals": [0.33, 1, 1.67], "ticktext": ["missing", "refused", "bar"], "thickness": 12,
            "outlinewidth": 0, "ticks": "", "lenmode": "pixels", "len": 110, "y": 1, "yanchor": "top",
        },
        "hovertemplate": "%{x}<extra></extra>",
    }  # fmt: skip
    sort = f", the {SHOWN_SYMBOLS} with the most gaps" if len(grid) > SHOWN_SYMBOLS else ""
    missing, refused = int((grid == MISSING).sum().sum()), int((grid == REFUSED).sum().sum())
    return Chart(
        identity="map",
        title=f"Bars of the last {count(grid.shape[1], 'session')}, by symbol",
        about=f"{count(len(grid), 'symbol')}{sort}; blank is before a symbol's first bar; sources: prices, "
        "quarantine.",
        alternative=f"{count(missing, 'bar')} missing and {refused:,} refused among these sessions.",
        traces=[trace],
        across="session",
        up="",
        download="data/missing.csv",
        height=150 + 16 * len(rows),
        layout={
            "xaxis": {"type": "category", "nticks": 8, "showgrid": False},
            "yaxis": {
                "tickvals": list(range(len(rows))), "showgrid": False, "zeroline": False,
                "ticktext": [charts.shorten(name) for name in rows.index],
            },
        },
    )  # fmt: skip


def _list_gaps(facts: Facts) -> Iterator[dict[str, Any]]:
    report = facts.reports[-1] if facts.reports else {}
    yield from ((report.get("ingest") or {}).get("completeness") or {}).get("longest", ())


def _list_rules(facts: Facts) -> Iterator[dict[str, str]]:
    for rule, rows in sorted(facts.refused.groupby("rule"), key=lambda group: -len(group[1])):
        symbols = sorted({str(name) for name in rows["symbol"].dropna()})
        yield {
            "rule": str(rule),
            "rows": f"{len(rows):,}",
            "waiting": f"{int(rows['decision'].isna().sum()):,}",
            "symbols": f"{len(symbols):,}",
            "newest": f"{rows['first_seen'].max():%Y-%m-%d}",
            "example": str(rows.sort_values("first_seen").iloc[-1]["reason"]),
        }


def _list_revisions(facts: Facts) -> Iterator[dict[str, str]]:
    newest = facts.revisions.sort_values(["known_at", "symbol", "session"], ascending=[False, True, False])
    for row in newest.head(LISTED).to_dict("records"):
        yield {
            "symbol": row["symbol"],
            "page": f"symbols/{make_file_name(row['symbol'])}.html",
            "session": f"{row['session']:%Y-%m-%d}",
            "field": row["field"],
            "was": format_price(row["was"]),
            "is": format_price(row["is"]),
            "known_at": f"{row['known_at']:%Y-%m-%d}",
            "reason": row["reason"],
        }
