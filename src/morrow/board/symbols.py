"""A page for each symbol, and the list of them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from morrow.board import charts
from morrow.board.charts import Chart
from morrow.board.facts import Facts
from morrow.board.fans import Fan, list_fans
from morrow.board.file_names import make_file_name
from morrow.board.pages import Figure, Page, count, format_number, format_price
from morrow.board.record import average_scores, describe_window
from morrow.board.symbol_skill import describe_skill

PAST = 120  # sessions of prices that a page carries before its first fan
LISTED = 50  # rows of a page's tables


@dataclass(frozen=True)
class Own:
    """One symbol's rows of each table, in order of time."""

    bars: pd.DataFrame
    forecasts: pd.DataFrame
    scores: pd.DataFrame
    refused: pd.DataFrame
    revisions: pd.DataFrame


def make_symbols(facts: Facts) -> dict[str, Page]:
    """Every symbol's page by its address, and the list of symbols."""
    joined = join_scores(facts)
    tables = write_tables(joined)
    groups = {
        name: dict(tuple(frame.groupby("symbol", sort=False)))
        for name, frame in (
            ("bars", facts.bars.sort_values("session", kind="stable")),
            ("forecasts", joined),
            ("scores", facts.scores),
            ("refused", facts.refused.sort_values("first_seen", kind="stable")),
            ("revisions", facts.revisions.sort_values("known_at", kind="stable")),
        )
    }
    empty = {name: getattr(facts, name)[:0] for name in groups} | {"forecasts": joined[:0]}
    means = average_scores(facts.scores, "symbol")
    records = {str(name): record for name, record in means.to_dict("index").items()}
    pages: dict[str, Page] = {}
    for symbol in facts.symbols():
        own = Own(**{name: frames.get(symbol, empty[name]) for name, frames in groups.items()})
        page = _make_symbol(facts, symbol, own, records.get(symbol), tables)
        pages[f"symbols/{make_file_name(symbol)}.html"] = page
    return {"symbols.html": _list_symbols(facts, means), **pages}


def _list_symbols(facts: Facts, means: pd.DataFrame) -> Page:
    """The list: each symbol's record of scored forecasts."""
    bars = facts.bars.sort_values("session").drop_duplicates("symbol", keep="last")
    last = dict(zip(bars["symbol"], bars["session"], strict=True))
    forecast = set(facts.newest_forecasts()["symbol"])
    table = pd.DataFrame({"symbol": facts.symbols()})
    table["last_bar"] = pd.Series([last.get(name) for name in table["symbol"]], dtype="datetime64[us]")
    table["forecast_tonight"] = table["symbol"].isin(forecast)
    for name in ("rows", "in_80", "in_95", "pinball"):
        table[name] = means[name].reindex(table["symbol"]).to_numpy(np.float64)
    rows = [
        {
            "symbol": one["symbol"],
            "page": f"symbols/{make_file_name(one['symbol'])}.html",
            "last_bar": "–" if pd.isna(one["last_bar"]) else f"{one['last_bar']:%Y-%m-%d}",
            "forecast": "yes" if one["forecast_tonight"] else "no",
            "scored": "0" if pd.isna(one["rows"]) else f"{one['rows']:,.0f}",
            "in_80": format_number(one["in_80"], 1, 100),
            "in_95": format_number(one["in_95"], 1, 100),
            "pinball": format_number(one["pinball"], 1, 1e4),
        }
        for one in table.to_dict("records")
    ]
    window = describe_window(facts.scores) if len(facts.scores) else "no forecast has been scored yet"
    values = {"rows": rows, "window": window}
    return Page("symbols.html", "Symbols", values, {"data/symbols.csv": charts.write_csv(table)})


def _make_symbol(
    facts: Facts, symbol: str, own: Own, means: Mapping[Any, Any] | None, tables: Mapping[str, str]
) -> Page:
    fans = list_fans(facts, own.bars, own.forecasts)
    name = make_file_name(symbol)
    bars = own.bars.tail(PAST + len(fans))
    factor = bars["split_factor"] * bars["dividend_factor"]
    data = {
        "symbol": symbol,
        "unit": facts.unit,
        "levels": list(facts.levels),
        "sessions": bars["session"].to_numpy("datetime64[D]").astype(str).tolist(),
        "adjusted": _round(bars["close"] * factor),
        "fans": [fan.document() for fan in fans],
    }
    newest = fans[-1] if fans else None
    values = {
        "symbol": symbol,
        "data": data,
        "newest": newest,
        "fans": len(fans),
        "figures": list(_describe_record(facts, symbol, own, means)),
        "chart": _draw_outcomes(facts, own, name),
        "download": f"symbols/{name}.csv",
        "lineage": _describe_lineage(own, newest),
        "refused": list(_list_refused(own.refused)),
        "refused_count": own.refused[["batch", "row"]].drop_duplicates().shape[0],
        "revisions": list(_list_revisions(own.revisions)),
        "revisions_count": len(own.revisions),
    }
    return Page("symbol.html", symbol, values, {f"symbols/{name}.csv": tables.get(symbol, tables[""])})


def join_scores(facts: Facts) -> pd.DataFrame:
    """Every forecast with what came, by symbol, cutoff, step and time of creation.

    Returns:
        The columns of ``forecasts``, and realised, pinball, in_80 and in_95, empty where they are not known.
    """
    key = ["symbol", "cutoff", "step", "model_version"]
    scores = facts.scores[[*key, "realised", "pinball", "in_80", "in_95"]]
    joined = facts.forecasts.merge(scores, how="left", on=key)
    return joined.sort_values(["symbol", "cutoff", "step", "created_at"], kind="stable", ignore_index=True)


def write_tables(joined: pd.DataFrame) -> dict[str, str]:
    """The CSV of each symbol's forecasts, by symbol, written at once; that of "" has no row.

    Args:
        joined: from :func:`join_scores`.
    """
    left_out = ["universe", "symbol", "created_at", "reason", "run_id", "data_version", "basis"]
    lines = charts.write_csv(joined.drop(columns=left_out))
    head, *rows = lines.splitlines(keepends=True)
    if not rows:
        return {"": head}
    symbols = joined["symbol"].to_numpy(object)
    starts = np.flatnonzero(np.append(True, symbols[1:] != symbols[:-1]))
    return {"": head} | {
        str(symbols[start]): head + "".join(rows[start:end])
        for start, end in zip(starts, np.append(starts[1:], len(rows)), strict=True)
    }


def _describe_record(
    facts: Facts, symbol: str, own: Own, means: Mapping[Any, Any] | None
) -> Iterator[Figure]:
    if own.bars.empty:
        yield Figure("Last close", "–", "no bar of the recent sessions is stored")
    else:
        last = own.bars.iloc[-1]
        about = f"{facts.unit}, as traded, {last['session']:%Y-%m-%d}; source: prices"
        yield Figure("Last close", format_price(last["close"]), about)
    if means is None:
        yield Figure("Coverage", "–", "no forecast of it has been scored yet")
    else:
        window = describe_window(own.scores)
        for share in ("80", "95"):
            value = format_number(means[f"in_{share}"], 1, 100, " %")
            yield Figure(f"Inside {share} %", value, f"share of outcomes; {window}; source: scores")
        loss = format_number(means["pinball"], 1, 1e4, " bp")
        yield Figure("Pinball loss", loss, f"of the log return, mean over levels; {window}; source: scores")
    yield describe_skill(facts, symbol)


def _draw_outcomes(facts: Facts, own: Own, name: str) -> Chart | None:
    """The intervals one session ahead against what came; None where nothing is scored."""
    low, _, high = facts.columns()
    rows = own.forecasts[(own.forecasts["step"] == 1) & own.forecasts["realised"].notna()]
    rows = rows.drop_duplicates("cutoff", keep="last")
    if rows.empty:
        return None
    days = rows["session"].to_numpy("datetime64[D]").astype(str).tolist()
    inside = (rows["realised"] >= rows[low]) & (rows["realised"] <= rows[high])
    bars = {
        "type": "bar", "x": days, "base": _round(rows[low]), "y": _round(rows[high] - rows[low]),
        "marker": {"color": charts.NARROW}, "name": f"{facts.share} interval", "hoverinfo": "skip",
    }  # fmt: skip
    marks = [
        {
            "type": "scatter", "mode": "markers", "name": words,
            "x": [day for day, hit in zip(days, inside, strict=True) if hit == wanted],
            "y": _round(rows.loc[inside == wanted, "realised"]),
            "marker": {"color": colour, "symbol": shape, "size": 9},
        }
        for wanted, words, colour, shape in (
            (True, "close inside", charts.INK, "circle"), (False, "close outside", charts.WARM, "x"),
        )
    ]  # fmt: skip
    hits = f"{int(inside.sum())} of {count(len(rows), 'close')} lay inside; {facts.share} are expected to."
    return Chart(
        identity="outcomes",
        title=f"{facts.share} intervals one session ahead, and what came",
        about=f"Closes in {facts.unit}, on the share basis of each cutoff; sources: forecasts, scores.",
        alternative=hits,
        traces=[bars, *marks],
        across="session of the close",
        up=f"close [{facts.unit}]",
        download=f"symbols/{name}.csv",
        height=300,
        layout={"xaxis": {"type": "category", "nticks": 8}, "bargap": 0.35},
    )


def _describe_lineage(own: Own, newest: Fan | None) -> Mapping[str, Any]:
    if newest is None:
        return {}
    row = own.forecasts.iloc[-1]
    return {
        "cutoff": newest.cutoff,
        "model version": row["model_version"],
        "run": row["run_id"],
        "data version": row["data_version"],
        "created": f"{row['created_at']:%Y-%m-%d %H:%M} UTC",
        "flags": row["flags"] or "none",
        "reason": row["reason"] or "the champion forecasts this symbol",
    }


def _list_refused(refused: pd.DataFrame) -> Iterator[dict[str, str]]:
    for row in refused.iloc[::-1].head(LISTED).to_dict("records"):
        yield {
            "session": "–" if pd.isna(row["session"]) else f"{row['session']:%Y-%m-%d}",
            "rule": row["rule"],
            "reason": row["reason"],
            "decision": "waiting" if pd.isna(row["decision"]) else str(row["decision"]),
            "first_seen": f"{row['first_seen']:%Y-%m-%d}",
        }


def _list_revisions(revisions: pd.DataFrame) -> Iterator[dict[str, str]]:
    for row in revisions.iloc[::-1].head(LISTED).to_dict("records"):
        yield {
            "session": f"{row['session']:%Y-%m-%d}",
            "field": row["field"],
            "was": format_price(row["was"]),
            "is": format_price(row["is"]),
            "known_at": f"{row['known_at']:%Y-%m-%d}",
            "reason": row["reason"],
        }


def _round(values: pd.Series) -> list[float]:
    """Six significant digits, which a chart cannot tell from all of them."""
    return [float(f"{value:.6g}") for value in values]
