"""Membership tables: who is in a universe when, read strictly and whole."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa

from morrow import membership
from morrow.config import Members, MembershipFile, MembershipQuery, SqlSource
from morrow.errors import SourceError
from morrow.membership import COLUMNS

_DAYS, _REQUIRED = ("from", "to"), ("symbol", "from")


def name(options: Members) -> str:
    """What a membership table is called in messages and reports."""
    return options.path if isinstance(options, MembershipFile) else options.table or "query"


def members(options: Members, root: Path) -> pd.DataFrame:
    """The spells of a membership table.

    Returns:
        symbol, from, to, kind, successor, terminal, as :func:`morrow.membership.validated` has them.

    Raises:
        SourceError: the table is missing, unreadable, or one of its rows is wrong.
    """
    given = name(options)
    if isinstance(options, MembershipFile):
        found = _read(root / options.path, options.kind)
    else:
        found = _asked(options, root)
    if found.empty:
        return membership.validated(found, given)
    table = _named(found, options.columns, given)
    rows = pd.DataFrame(
        {each: _days(table, each, given) if each in _DAYS else _texts(table, each) for each in COLUMNS}
    )
    rows["kind"] = rows["kind"].str.lower()
    rows["terminal"] = _terminal(rows["terminal"], given)
    return membership.validated(rows, given)


def _asked(options: MembershipQuery, root: Path) -> pd.DataFrame:
    """The rows that a database gives."""
    from morrow.sources import sql  # noqa: PLC0415 (SQLAlchemy, only for universes that ask a database)

    blocks = sql.blocks(SqlSource(kind="sql", **options.model_dump(exclude={"columns", "kind"})), root)
    whole = [
        pd.DataFrame(
            {each: column.to_pandas() for each, column in zip(block.names, block.columns, strict=True)}
        )
        for block in blocks
    ]
    return pd.concat(whole, ignore_index=True) if whole else pd.DataFrame(columns=list(COLUMNS))


def _read(path: Path, kind: str) -> pd.DataFrame:
    try:
        data = io.BytesIO(path.read_bytes())
        if kind == "parquet":
            return pd.read_parquet(data)
        return pd.read_csv(
            data, dtype=str, keep_default_na=False, encoding="utf-8-sig", skipinitialspace=True
        )
    except FileNotFoundError:
        raise SourceError(f'no file at "{path}"; set membership.path, relative to morrow.toml') from None
    except (OSError, ValueError, pa.ArrowException) as error:
        reason = str(error).strip().partition("\n")[0][:120]
        raise SourceError(f'cannot read membership "{path}": {reason}; save it as {kind} again') from None


def _named(table: pd.DataFrame, columns: Mapping[str, str], path: str) -> pd.DataFrame:
    """The columns under morrow's names: those that are configured, else those that bear them in any case."""
    for meaning, name in columns.items():
        if meaning not in COLUMNS:
            raise SourceError(f'membership.columns names "{meaning}"; allowed: {", ".join(COLUMNS)}')
        if name not in table:
            raise SourceError(
                f'column "{name}" ({meaning}) is not in membership "{path}"; it has {_list(table)}'
            )
    plain = {str(name).strip().lower().removesuffix("_value"): name for name in table.columns}
    found = {meaning: columns.get(meaning, plain.get(meaning)) for meaning in COLUMNS}
    for meaning in _REQUIRED:
        if found[meaning] is None:
            raise SourceError(
                f'membership "{path}" has no column "{meaning}" among {_list(table)}; '
                f'name it: columns = {{ {meaning} = "..." }}'
            )
    empty = pd.Series([None] * len(table), dtype=object)
    return pd.DataFrame(
        {
            meaning: empty if name is None else table[name].reset_index(drop=True)
            for meaning, name in found.items()
        }
    )


def _list(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:8]))


def _texts(table: pd.DataFrame, name: str) -> "pd.Series[str]":
    column: pd.Series[Any] = table[name].astype(object)
    return column.where(column.notna(), "").astype(str).str.strip()


def _days(table: pd.DataFrame, name: str, path: str) -> pd.Series:
    texts = _texts(table, name).str.replace(r"[T ]00:00:00(\.0+)?$", "", regex=True)
    days = pd.to_datetime(texts.where(texts != ""), format="%Y-%m-%d", errors="coerce")
    unreadable = days.isna() & (texts != "")
    if unreadable.any():
        place = int(unreadable.to_numpy().argmax())
        raise SourceError(
            f'membership "{path}", row {place + 1}: {name} is "{texts.iloc[place]}"; '
            "write ISO dates (2024-01-31)"
        )
    return days.astype("datetime64[us]")


def _terminal(texts: "pd.Series[str]", path: str) -> pd.Series:
    values = pd.to_numeric(texts.where(texts != ""), errors="coerce")
    unreadable = values.isna() & (texts != "") & (texts.str.lower() != "nan")
    if unreadable.any():
        place = int(unreadable.to_numpy().argmax())
        raise SourceError(
            f'membership "{path}", row {place + 1}: terminal is "{texts.iloc[place]}"; '
            "write a price like 1234.5"
        )
    return values.astype("float64")
