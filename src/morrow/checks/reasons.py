"""From rows that failed to refusals: the reason with the row's own values in it, once a row and rule."""

from collections.abc import Mapping, Sequence

import pandas as pd

_LONGEST_TEXT = 120
_BAR = ["symbol", "session"]


def with_reason(meta: Mapping[str, str], bad: pd.DataFrame) -> pd.DataFrame:
    """Rows that failed a rule, with its reason.

    Args:
        meta: ``rule``, and ``reason`` with columns of the frame as its fields.
        bad: the rows, indexed by their numbers.

    Returns:
        Columns row, rule, reason.
    """
    rule, reason = meta["rule"], meta["reason"]
    columns = {name: texts(bad[name]) for name in bad.columns if f"{{{name}}}" in reason}
    filled = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    reasons = [reason.format(**values) for values in filled] if columns else [reason] * len(bad)
    return pd.DataFrame({"row": bad.index, "rule": rule, "reason": reasons})


def held(bad: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """The rows of the frame that are refused only because an earlier one of their symbol was.

    Args:
        bad: row, rule, reason of the rows that failed one rule.
        frame: all judged rows with symbol and session, indexed by their numbers.

    Returns:
        Columns row, rule, reason: every row of the same symbol and a later session, with a reason that
        names the first that failed.
    """
    failed = frame.loc[bad["row"], _BAR].assign(why=bad["reason"].to_numpy(), rule=bad["rule"].to_numpy())
    first = failed.dropna(subset=_BAR).sort_values("session", kind="stable").drop_duplicates("symbol")
    first = first.set_index("symbol")
    since = frame["symbol"].map(first["session"])
    later = frame[(frame["session"] > since) & ~frame.index.isin(bad["row"])]
    names = later["symbol"]
    days = texts(names.map(first["session"]))
    whys = names.map(first["why"]).tolist()
    reasons = [
        f"{symbol} is held since {day}: {why}" for symbol, day, why in zip(names, days, whys, strict=True)
    ]
    return pd.DataFrame({"row": later.index, "rule": bad["rule"].iloc[0], "reason": reasons})


def merged(refused: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One line a row and rule: where a rule fails in several columns, the reasons are joined."""
    blank = pd.DataFrame({"row": [], "rule": [], "reason": []}).astype(
        {"row": "int64", "rule": "str", "reason": "str"}
    )
    lines = pd.concat([blank, *refused], ignore_index=True)
    several = lines.duplicated(["row", "rule"], keep=False)
    joined = lines[several].groupby(["row", "rule"], sort=False)["reason"].agg("; ".join).reset_index()
    both = pd.concat([lines[~several], joined])
    return both.sort_values(["row", "rule"], ignore_index=True)


def texts(values: pd.Series) -> list[str]:
    """Values as a person reads them; "missing" where there is none."""
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%d")
    missing = values.isna()
    return [
        "missing" if empty else _text(value)
        for value, empty in zip(values.tolist(), missing.tolist(), strict=True)
    ]


def _text(value: object) -> str:
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
