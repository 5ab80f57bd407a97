"""Validate the spells of a membership table: they are distinct, and each end has its kind."""

from typing import Any

import pandas as pd

from morrow.errors import SourceError, did_you_mean

COLUMNS = ("symbol", "from", "to", "kind", "successor", "terminal")
KINDS = ("rename", "merger", "delisted")
ENDINGS = ("merger", "delisted")


def validate_spells(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    """Check the spells of a membership table and sort them.

    Args:
        rows: symbol, kind, successor (strings, empty if none), from, to (midnights, NaT if none),
            terminal (quote currency per share, NaN if none).
        name: name of the table, for messages.

    Returns:
        The same columns, sorted by symbol and ``from``.

    Raises:
        SourceError: the first fault and how to correct it.
    """
    if rows.empty:
        raise SourceError(f'membership "{name}" has no row; write one per symbol, with symbol and from')
    for number, row in enumerate(to_records(rows), start=1):
        if fault := _fault(row):
            raise SourceError(f'membership "{name}", row {number}: {fault}')
    spells = rows[list(COLUMNS)].sort_values(["symbol", "from"], kind="stable", ignore_index=True)
    _refuse_overlaps(spells, name)
    _refuse_lost_successors(spells, name)
    return spells


def to_records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Convert the rows of a small frame to dictionaries by column."""
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _fault(row: dict[str, Any]) -> str | None:
    """The fault of one spell on its own; None if it has none."""
    symbol, kind, successor = row["symbol"], row["kind"], row["successor"]
    begins, ends, terminal = row["from"], row["to"], row["terminal"]
    if not symbol:
        return "there is no symbol; name it"
    if pd.isna(begins):
        return f'"{symbol}" has no from; write the first session of the spell (2024-01-31)'
    if not pd.isna(ends) and ends < begins:
        return f'"{symbol}" ends on {ends:%Y-%m-%d}, before it begins on {begins:%Y-%m-%d}; swap from and to'
    return _fault_of_end(symbol, kind, successor, pd.isna(ends)) or _fault_of_value(symbol, kind, terminal)


def _fault_of_end(symbol: str, kind: str, successor: str, is_open: bool) -> str | None:
    if kind and kind not in KINDS:
        return (
            f'"{symbol}" has kind "{kind}"; allowed: {", ".join(KINDS)}, or empty{did_you_mean(kind, KINDS)}'
        )
    if kind and is_open:
        return f'"{symbol}" has kind "{kind}" and no to; write the last session of the spell'
    if kind == "rename" and not successor:
        return f'"{symbol}" is renamed, but has no successor; write the new name there'
    if successor and kind not in ("rename", "merger"):
        return f'"{symbol}" has the successor "{successor}", which goes with kind "rename" or "merger"'
    if successor == symbol:
        return f'"{symbol}" is its own successor; write the new name there'
    return None


def _fault_of_value(symbol: str, kind: str, terminal: float) -> str | None:
    if pd.isna(terminal):
        return None
    if kind not in ENDINGS:
        return f'"{symbol}" has a terminal value, which goes with kind "merger" or "delisted"'
    if not 0 < terminal < float("inf"):
        return (
            f'"{symbol}" has the terminal value {terminal}; returns are logarithms, so it must be above 0: '
            "write the smallest price that a worthless share could still have"
        )
    return None


def _refuse_overlaps(spells: pd.DataFrame, name: str) -> None:
    before = spells.groupby("symbol")["to"].shift()
    again = (spells["symbol"] == spells["symbol"].shift()).to_numpy()
    overlaps = again & ~(spells["from"] > before).to_numpy()
    if overlaps.any():
        late, early = spells[overlaps].iloc[0], spells.iloc[int(overlaps.argmax()) - 1]
        until = "is open" if pd.isna(early["to"]) else f"ends on {early['to']:%Y-%m-%d}"
        raise SourceError(
            f'membership "{name}": two spells of "{late["symbol"]}" overlap: the one from '
            f"{early['from']:%Y-%m-%d} {until}, and the next begins on {late['from']:%Y-%m-%d}; "
            "to is the last session, so the next begins after it"
        )


def _refuse_lost_successors(spells: pd.DataFrame, name: str) -> None:
    latest = spells.groupby("symbol")["from"].max()
    for row in to_records(spells[spells["kind"] == "rename"]):
        begins = latest.get(row["successor"])
        if begins is None or begins <= row["to"]:
            raise SourceError(
                f'membership "{name}": "{row["symbol"]}" is renamed to "{row["successor"]}", which has no '
                f"spell after {row['to']:%Y-%m-%d}; add the row with which it begins"
            )
