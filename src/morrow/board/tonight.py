"""The first page: did the night run, is the data fresh, who is champion, and what needs a person."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from morrow.board import charts
from morrow.board.champions import describe_champion
from morrow.board.charts import Chart
from morrow.board.facts import Document, Facts
from morrow.board.file_names import make_file_name
from morrow.board.pages import Figure, Page, count, format_number, format_price
from morrow.board.record import sum_up

WIDEST = 12


def make_tonight(facts: Facts) -> Page:
    """The page, and the table of the newest forecasts at the last step as a file."""
    table = tabulate_forecasts(facts)
    needs = list(find_needs(facts))
    values = {
        "figures": list(_describe_night(facts)),
        "needs": needs,
        "changes": list(find_changes(facts)),
        "chart": _draw_widest(facts, table) if len(table) else None,
        "rows": _format_rows(table),
        "held_back": list(_list_held_back(facts)),
        "first_night": not facts.reports,
    }
    return Page("tonight.html", "Tonight", values, {"data/tonight.csv": charts.write_csv(table)})


def tabulate_forecasts(facts: Facts) -> pd.DataFrame:
    """The newest forecasts at the last step, the widest interval first.

    Returns:
        symbol, cutoff, session (the target's), last_close, low, median and high (quote currency), the same
        three as per cent of the last close (``_percent``), width_percent (high − low), p_up, flags, reason.
    """
    rows = facts.newest_forecasts()
    rows = (
        rows[rows["step"] == facts.horizon].sort_values("created_at").drop_duplicates("symbol", keep="last")
    )
    known = facts.bars[facts.bars["session"] <= rows["cutoff"].max()]
    last = known.sort_values("session").groupby("symbol")["close"].last()
    low, median, high = facts.columns()
    close = pd.Series([last.get(name, np.nan) for name in rows["symbol"]], rows.index, "float64")
    table = rows[["symbol", "cutoff", "session"]].assign(
        last_close=close, low=rows[low], median=rows[median], high=rows[high]
    )
    for name in ("low", "median", "high"):
        table[f"{name}_percent"] = 100 * (table[name] / close - 1)
    table["width_percent"] = table["high_percent"] - table["low_percent"]
    table = table.assign(p_up=rows["p_up"], flags=rows["flags"], reason=rows["reason"])
    return table.sort_values(["width_percent", "symbol"], ascending=[False, True], ignore_index=True)


def find_needs(facts: Facts) -> Iterator[dict[str, str]]:
    """What needs a person: a sentence, and the command that shows or mends it."""
    report = facts.reports[-1] if facts.reports else {}
    for alarm in report.get("alarms", ()):
        yield {"text": alarm["message"], "command": alarm["command"]}
    for text in facts.problems:
        yield {"text": text, "command": ""}
    for name, state in (("holds", "held"), ("newest_refused", "refused, not held,")):
        for one in facts.waiting.get(name, ()):
            rows = f"{count(one['rows'], 'row')} waiting"
            text = f"{one['symbol']} is {state} since {one['since']} by the rule {one['rule']}, {rows}"
            yield {"text": f"{text}: {one['reason']}", "command": one["command"]}
    if failed := (report.get("train") or {}).get("failed"):
        for recipe, why in failed.items():
            yield {"text": f"the recipe {recipe} could not be trained: {why}", "command": ""}
    for text in (report.get("calendar") or {}).get("advice", ()):
        yield {"text": text, "command": ""}


def find_changes(facts: Facts) -> Iterator[str]:
    """What is different from the night before, in sentences."""
    if not facts.reports:
        return
    now = facts.reports[-1]
    earlier = [each for each in facts.reports if each["cutoff"] < now["cutoff"]]
    ingest = now.get("ingest") or {}
    for name, words in (("accepted", "new bar"), ("revised", "revised bar"), ("quarantined", "refused row")):
        if ingest.get(name):
            yield f"{count(ingest[name], words)} from the source"
    if (now.get("retrained") or {}).get("due"):
        yield f"retrained: {now['retrained']['why']}"
    if (now.get("scores") or {}).get("matured"):
        yield f"{count(now['scores']['matured'], 'earlier forecast')} scored against what came"
    if earlier:
        yield from _compare_nights(earlier[-1], now)


def _compare_nights(before: Document, now: Document) -> Iterator[str]:
    old, new = before.get("forecast") or {}, now.get("forecast") or {}
    if old and new and (old["model"], old["version"]) != (new["model"], new["version"]):
        yield (
            f"{new['model']} version {new['version']} forecasts, "
            f"in place of {old['model']} version {old['version']}"
        )
    for name, words in (("holds", "held"), ("newest_refused", "refused at its newest bar")):
        was, are = ({one["symbol"] for one in each.get(name, ())} for each in (before, now))
        yield from (f"{symbol} is now {words}" for symbol in sorted(are - was))
        yield from (f"{symbol} is no longer {words}" for symbol in sorted(was - are))


def _describe_night(facts: Facts) -> Iterator[Figure]:
    report = facts.reports[-1] if facts.reports else None
    if report:
        seconds = report["seconds"].get("total")
        kind = "retrained" if (report.get("retrained") or {}).get("due") else "retraining not due"
        ran = f"ran at {report['recorded_at'][:16].replace('T', ' ')} UTC in {format_number(seconds, 1)} s"
        yield Figure("Night", str(report["cutoff"]), f"cutoff; {ran}, {kind}; source: the night's report")
    newest = None if facts.bars.empty else facts.bars["session"].max()
    if newest is not None:
        age = (pd.Timestamp(facts.now.date()) - newest).days
        stale = bool(report and report.get("stale"))
        value = f"{newest:%Y-%m-%d}"
        about = f"newest session with a bar, {count(age, 'day')} before this board; source: prices"
        yield Figure("Data", value, about, "bad" if stale else "")
    champion = describe_champion(facts)
    if champion:
        since = f"champion since {champion['since']}, {champion['trained']}"
        yield Figure("Champion", champion["name"], f"{since}; source: the ledger")
    else:
        about = "a pretrained network or a simple baseline forecasts until a contest can be held"
        yield Figure("Champion", "none yet", about)
    scored = sum_up(facts.scores)
    if scored and pd.notna(scored["in_80"]):
        value = format_number(scored["in_80"], 1, 100, " %")
        about = f"of outcomes inside the 80 % interval; {scored['window']}; source: scores"
        yield Figure("Coverage", value, about)
    else:
        yield Figure("Coverage", "–", "no forecast has been scored yet: their target sessions are ahead")


def _draw_widest(facts: Facts, table: pd.DataFrame) -> Chart:
    top = table.head(WIDEST).iloc[::-1]
    names = [charts.shorten(name) for name in top["symbol"]]
    span = {
        "type": "bar", "orientation": "h", "y": list(range(len(top))), "base": top["low_percent"].tolist(),
        "x": top["width_percent"].tolist(), "marker": {"color": charts.NARROW}, "width": 0.5,
        "name": f"{facts.share} interval", "hovertemplate": "%{base:.2f} to %{x:.2f} %<extra></extra>",
    }  # fmt: skip
    middle = {
        "type": "scatter", "mode": "markers", "y": list(range(len(top))), "x": top["median_percent"].tolist(),
        "name": "median", "marker": {"color": charts.INK, "size": 9, "symbol": "line-ns-open"},
        "hovertemplate": "%{x:.2f} %<extra>median</extra>",
    }  # fmt: skip
    first = table.iloc[0]
    widest = f"{first['symbol']}, {format_number(first['width_percent'], 1)} % of its last close"
    return Chart(
        identity="widest",
        title=f"Widest {facts.share} intervals, {count(facts.horizon, 'session')} ahead",
        about=f"In per cent of the last close; cutoff {facts.cutoff}; source: forecasts.",
        alternative=f"Of {count(len(table), 'symbol')} the widest interval is that of {widest}.",
        traces=[span, middle],
        across="change from the last close [%]",
        up="",
        download="data/tonight.csv",
        height=120 + 30 * len(top),
        layout={
            "yaxis": {
                "tickvals": list(range(len(top))),
                "ticktext": names,
                "showgrid": False,
                "zeroline": False,
            },
            "barmode": "overlay",
        },
    )


def _format_rows(table: pd.DataFrame) -> Sequence[dict[str, Any]]:
    return [
        {
            "symbol": row["symbol"],
            "page": f"symbols/{make_file_name(row['symbol'])}.html",
            "last": format_price(row["last_close"]),
            "median": format_price(row["median"]),
            "interval": f"{format_price(row['low'])} to {format_price(row['high'])}",
            "width": format_number(row["width_percent"], 2),
            "p_up": format_number(row["p_up"], 1, 100),
            "flags": row["flags"],
            "reason": row["reason"],
        }
        for row in table.to_dict("records")
    ]


def _list_held_back(facts: Facts) -> Iterator[dict[str, str]]:
    """Symbols without the champion's forecast: not forecast at all, or by a fallback; with the reason."""
    report = facts.reports[-1] if facts.reports else {}
    for one in (report.get("ingest") or {}).get("left_out", ()):
        yield {"symbol": one["symbol"], "state": "not forecast", "reason": one["reason"]}
    for one in (report.get("forecast") or {}).get("fallback", ()):
        yield {"symbol": one["symbol"], "state": one["flags"], "reason": one["reason"]}
