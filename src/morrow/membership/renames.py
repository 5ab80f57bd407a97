"""Renamed symbols: one history under the newest name."""

from collections.abc import Mapping

import pandas as pd

from morrow.membership.spells import to_records

FACTORS = ("split_factor", "dividend_factor")


def newest_names(symbols: pd.Series, sessions: pd.Series, renames: pd.DataFrame) -> pd.Series:
    """Map the name used on each session to the newest name of its symbol.

    Args:
        symbols: (R,) names in the rows of any table.
        sessions: (R,) sessions of the same rows.
        renames: old, new, from, until (NaT, or the first session on which another symbol uses the old name).
    """
    names, days = symbols.copy(), pd.to_datetime(sessions)
    for row in to_records(renames.sort_values("from", kind="stable")):
        meant = names == row["old"]
        names[meant if pd.isna(row["until"]) else meant & (days < row["until"])] = row["new"]
    return names


def join_histories(prices: pd.DataFrame, renames: pd.DataFrame) -> pd.DataFrame:
    """Bars under their newest names: a renamed symbol has one history.

    Before the day of a rename the old name's bar is used, from then on the new name's; if a session has only
    one of them, that one is used. The new name's factors, which begin at 1, continue the old name's from a
    session that both have, or from the last bar before the change. An action between two bars cannot be
    detected if neither name has both of them.

    Args:
        prices: sorted by symbol and session.
        renames: as in :func:`newest_names`.

    Returns:
        Rows of the same columns, sorted by symbol and session.
    """
    if renames.empty:
        return prices
    concerned = prices["symbol"].isin({*renames["old"], *renames["new"]})
    if not concerned.any():
        return prices
    parts: dict[str, pd.DataFrame] = {str(name): rows for name, rows in prices[concerned].groupby("symbol")}
    for row in to_records(renames.sort_values("from", kind="stable")):
        old, new = row["old"], row["new"]
        if old not in parts:
            continue
        whole = parts.pop(old)
        if not pd.isna(row["until"]):
            later = whole["session"] >= row["until"]
            parts |= {old: whole[later]} if later.any() else {}
            whole = whole[~later]
        parts[new] = _join(whole, parts.get(new), row["from"]).assign(symbol=new)
    rows = pd.concat([prices[~concerned], *parts.values()])
    return rows.sort_values("symbol", kind="stable", ignore_index=True)


def _join(old: pd.DataFrame, new: pd.DataFrame | None, day: pd.Timestamp) -> pd.DataFrame:
    """Join two histories, each sorted by session."""
    if new is None or old.empty:
        return old if new is None else new
    earlier = old[(old["session"] < day) | ~old["session"].isin(new["session"])]
    later = new[(new["session"] >= day) | ~new["session"].isin(old["session"])]
    ratio = _ratio(old, new, later, day)
    later = later.assign(**{name: later[name] * ratio[name] for name in FACTORS})
    return pd.concat([earlier, later]).sort_values("session", kind="stable")


def _ratio(
    old: pd.DataFrame, new: pd.DataFrame, later: pd.DataFrame, day: pd.Timestamp
) -> Mapping[str, float]:
    """Multipliers that make the new name's factors continue the old name's."""
    both = old.merge(new, on="session", suffixes=("", "_new"))
    if len(both):
        before = both[both["session"] < day]
        at = both.iloc[0] if before.empty else before.iloc[-1]
        return {name: float(at[name] / at[f"{name}_new"]) for name in FACTORS}
    first = later.iloc[0] if len(later) else None
    before = old[old["session"] < first["session"]] if first is not None else old[:0]
    if first is None or before.empty:
        return dict.fromkeys(FACTORS, 1.0)
    return {name: float(before[name].iloc[-1] / first[name]) for name in FACTORS}
