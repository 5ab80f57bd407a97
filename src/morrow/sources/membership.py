"""Membership tables: which symbols are in a universe from when to when, read strictly."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from morrow import membership
from morrow.errors import SourceError
from morrow.membership import COLUMNS
from morrow.sources.batch import EVERYTHING

if TYPE_CHECKING:
    from morrow.config import Members, MembershipFile, MembershipQuery

_DAYS, _REQUIRED = ("from", "to"), ("symbol", "from")


def table_name(options: "Members") -> str:
    """The name of a membership table in messages and reports."""
    return options.table or "query" if options.kind == "sql" else options.path


def read_spells(options: "Members", root: Path) -> pd.DataFrame:
    """Read the spells of a membership table.

    Returns:
        symbol, from, to, kind, successor, terminal, as :func:`morrow.membership.validate_spells` has them.

    Raises:
        SourceError: the table is missing, unreadable, or one of its rows is wrong.
    """
    name = table_name(options)
    table = _query(options, root) if options.kind == "sql" else _read_file(options, root)
    if table.empty:
        return membership.validate_spells(table, name)
    table = _select_columns(table, options.columns, name)
    rows = pd.DataFrame(
        {
            column: _read_days(table, column, name) if column in _DAYS else _to_texts(table, column)
            for column in COLUMNS
        }
    )
    rows["kind"] = rows["kind"].str.lower()
    rows["terminal"] = _read_terminal(rows["terminal"], name)
    return membership.validate_spells(rows, name)


def _query(options: "MembershipQuery", root: Path) -> pd.DataFrame:
    """The rows that a database gives."""
    from morrow.sources.tables.database import DatabaseTable  # noqa: PLC0415 (SQLAlchemy)

    frames = [
        pd.DataFrame(
            {name: column.to_pandas() for name, column in zip(block.names, block.columns, strict=True)}
        )
        for block in DatabaseTable(options, root).blocks(EVERYTHING)
    ]
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _read_file(options: "MembershipFile", root: Path) -> pd.DataFrame:
    path, kind = root / options.path, options.kind
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


def _select_columns(table: pd.DataFrame, columns: Mapping[str, str], path: str) -> pd.DataFrame:
    """The columns under morrow's names: those that are configured, else those of that name in any case."""
    for meaning, name in columns.items():
        if meaning not in COLUMNS:
            raise SourceError(f'membership.columns names "{meaning}"; allowed: {", ".join(COLUMNS)}')
        if name not in table:
            raise SourceError(
                f'column "{name}" ({meaning}) is not in membership "{path}"; it has {_list_columns(table)}'
            )
    lowered = {str(name).strip().lower().removesuffix("_value"): name for name in table.columns}
    names = {meaning: columns.get(meaning, lowered.get(meaning)) for meaning in COLUMNS}
    for meaning in _REQUIRED:
        if names[meaning] is None:
            raise SourceError(
                f'membership "{path}" has no column "{meaning}" among {_list_columns(table)}; '
                f'name it: columns = {{ {meaning} = "..." }}'
            )
    empty = pd.Series([None] * len(table), dtype=object)
    return pd.DataFrame(
        {
            meaning: empty if name is None else table[name].reset_index(drop=True)
            for meaning, name in names.items()
        }
    )


def _list_columns(table: pd.DataFrame) -> str:
    return ", ".join(map(str, table.columns[:8]))


def _to_texts(table: pd.DataFrame, name: str) -> "pd.Series[str]":
    column: pd.Series[Any] = table[name].astype(object)
    return column.where(column.notna(), "").astype(str).str.strip()


def _read_days(table: pd.DataFrame, name: str, path: str) -> pd.Series:
    texts = _to_texts(table, name).str.replace(r"[T ]00:00:00(\.0+)?$", "", regex=True)
    days = pd.to_datetime(texts.where(texts != ""), format="%Y-%m-%d", errors="coerce")
    unreadable = days.isna() & (texts != "")
    if unreadable.any():
        first = int(unreadable.to_numpy().argmax())
        raise SourceError(
            f'membership "{path}", row {first + 1}: {name} is "{texts.iloc[first]}"; '
            "write ISO dates (2024-01-31)"
        )
    return days.astype("datetime64[us]")


def _read_terminal(texts: "pd.Series[str]", path: str) -> pd.Series:
    values = pd.to_numeric(texts.where(texts != ""), errors="coerce")
    unreadable = values.isna() & (texts != "") & (texts.str.lower() != "nan")
    if unreadable.any():
        first = int(unreadable.to_numpy().argmax())
        raise SourceError(
            f'membership "{path}", row {first + 1}: terminal is "{texts.iloc[first]}"; '
            "write a price like 1234.5"
        )
    return values.astype("float64")
