"""From rows that failed to refusals: the reason with the row's own values in it, once a row and rule."""

from collections.abc import Mapping, Sequence

import numpy as np
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


def held(bad: pd.DataFrame, frame: pd.DataFrame, until: pd.Series | None = None) -> pd.DataFrame:
    """The rows of the frame that are refused only because an earlier one of their symbol was.

    Args:
        bad: row, rule, reason of the rows that failed one rule.
        frame: all judged rows with symbol and session, indexed by their numbers.
        until: session from which on a bad row holds no other, indexed as ``frame``; missing if there is none.

    Returns:
        Columns row, rule, reason: every row of the same symbol and a later session, with a reason that
        names the first that failed.
    """
    failed = frame.loc[bad["row"], _BAR].assign(why=bad["reason"].to_numpy())
    failed["until"] = pd.Series(np.datetime64("NaT"), failed.index) if until is None else until
    failed = failed.dropna(subset=_BAR).sort_values("session", kind="stable")
    failed["since"] = failed["session"]
    later = frame.loc[frame["symbol"].isin(failed["symbol"]) & ~frame.index.isin(bad["row"]), _BAR]
    later = later.dropna().sort_values("session", kind="stable")
    lasting = failed[failed["until"].isna()].drop_duplicates("symbol")
    parts = [_after(later, each) for each in (lasting, failed)]
    both = parts[0].where(parts[0]["since"].notna(), parts[1])
    both = both[both["since"].notna()].sort_index()
    reasons = [
        f"{symbol} is held since {day}: {why}"
        for symbol, day, why in zip(both["symbol"], texts(both["since"]), both["why"], strict=True)
    ]
    return pd.DataFrame({"row": both.index, "rule": bad["rule"].iloc[0], "reason": reasons})


def _after(later: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """The last bad row before each later one, with empty fields where it holds nothing any more."""
    joined = pd.merge_asof(
        later,
        failed[["session", "symbol", "since", "until", "why"]].astype({"session": later["session"].dtype}),
        on="session",
        by="symbol",
        allow_exact_matches=False,
    ).set_axis(later.index, axis=0)
    over = joined["session"] >= joined["until"]
    joined.loc[over, ["since", "why"]] = None
    return joined


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
