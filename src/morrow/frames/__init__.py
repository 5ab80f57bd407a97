"""The schema of each table: names, types, units and keys; casts to and from Arrow; versions of content."""

import hashlib
from datetime import datetime

import numpy as np
import pandas as pd
import pyarrow as pa

from morrow.errors import ShapeError
from morrow.frames.columns import COUNT, DATE, REAL, STAMP, TEXT, Column, Schema

__all__ = [
    "BASIS", "COUNT", "DATE", "EXPORTS", "LAST_CLOSE", "LEDGER", "MEMBERSHIP", "PRICES", "PRICE_FIELDS",
    "QUARANTINE", "REAL", "RENAMES", "REVISIONS", "SCORES", "STAMP", "TEXT", "Column", "Schema",
    "content_version", "empty", "forecasts_schema", "from_arrow", "quantile_column", "read_basis", "to_arrow",
]  # fmt: skip

PRICE_FIELDS = ("open", "high", "low", "close", "volume", "split_factor", "dividend_factor")

PRICES = Schema(
    "prices",
    ("universe", "symbol", "session"),
    (
        Column("universe", TEXT),
        Column("symbol", TEXT),
        Column("session", DATE, "exchange's trading day"),
        Column("open", REAL, "quote currency, as traded", nullable=True),
        Column("high", REAL, "quote currency, as traded", nullable=True),
        Column("low", REAL, "quote currency, as traded", nullable=True),
        Column("close", REAL, "quote currency, as traded"),
        Column("volume", REAL, "units", nullable=True),
        Column("split_factor", REAL, "cumulative, 1 at the first bar"),
        Column("dividend_factor", REAL, "cumulative, 1 at the first bar"),
        Column("source", TEXT),
        Column("known_at", DATE, "as_of at which the row became known"),
        Column("ingested_at", STAMP, "wall clock"),
    ),
)

REVISIONS = Schema(
    "revisions",
    ("universe", "symbol", "session", "field", "known_at"),
    (
        Column("universe", TEXT),
        Column("symbol", TEXT),
        Column("session", DATE),
        Column("field", TEXT),
        Column("known_at", DATE),
        Column("was", REAL, nullable=True),
        Column("is", REAL, nullable=True),
        Column("reason", TEXT),
    ),
)

QUARANTINE = Schema(
    "quarantine",
    ("batch", "row", "rule"),
    (
        Column("batch", TEXT, "sha256 of the source's bytes"),
        Column("row", COUNT, "position in the batch, from 0"),
        Column("rule", TEXT),
        Column("universe", TEXT),
        Column("symbol", TEXT, nullable=True),
        Column("session", DATE, nullable=True),
        Column("received", TEXT, "the row as received, JSON"),
        Column("reason", TEXT),
        Column("first_seen", STAMP, "wall clock"),
        Column("decision", TEXT, "accepted, dropped or released; empty until it is decided", nullable=True),
        Column("decided_by", TEXT, "who decided, or morrow itself", nullable=True),
        Column("decided_at", STAMP, "wall clock", nullable=True),
        Column("decision_reason", TEXT, "why, in the words of whoever decided", nullable=True),
        Column("bar", TEXT, "the bar that would be stored of the row, JSON", nullable=True),
    ),
)

MEMBERSHIP = Schema(
    "membership",
    ("universe", "symbol", "from", "known_at"),
    (
        Column("universe", TEXT),
        Column("symbol", TEXT),
        Column("from", DATE, "first session of the spell"),
        Column("to", DATE, "last session of the spell, empty while it is open", nullable=True),
        Column("kind", TEXT, "rename, merger, delisted, or empty"),
        Column("successor", TEXT, "empty if none"),
        Column("terminal", REAL, "quote currency per share, on the last bar's basis", nullable=True),
        Column("withdrawn", pa.bool_(), "the membership table no longer has this spell"),
        Column("known_at", DATE, "as_of at which the row became known"),
        Column("recorded_at", STAMP, "wall clock"),
    ),
)

RENAMES = Schema(
    "renames",
    ("universe", "old", "new", "from"),
    (
        Column("universe", TEXT),
        Column("old", TEXT),
        Column("new", TEXT),
        Column("from", DATE, "first session under the new name"),
        Column("known_at", DATE, "as_of at which the rename became known"),
        Column("recorded_at", STAMP, "wall clock"),
    ),
)


def quantile_column(level: float) -> str:
    """Column of a quantile level: ``q0250`` for 0.25 (level × 10,000).

    >>> quantile_column(0.025), quantile_column(0.5)
    ('q0250', 'q5000')
    """
    return f"q{round(level * 10_000):04d}"


def forecasts_schema(levels: tuple[float, ...]) -> Schema:
    """The ``forecasts`` table for the given quantile levels, each in (0, 1)."""
    return Schema(
        "forecasts",
        ("universe", "symbol", "cutoff", "step", "model_version"),
        (
            *_FORECAST_KEY,
            Column("session", DATE, "the target's session"),
            *(Column(quantile_column(q), REAL, "quote currency", nullable=True) for q in levels),
            Column("mean", REAL, "quote currency"),
            Column("p_down", REAL, "probability"),
            Column("p_flat", REAL, "probability"),
            Column("p_up", REAL, "probability"),
            Column("flags", TEXT, "sorted, comma-joined, empty if none"),
            Column("reason", TEXT, "why a fallback was used, else empty"),
            Column("run_id", TEXT),
            Column("data_version", TEXT),
            Column("created_at", STAMP, "wall clock"),
            Column(BASIS, DATE, "session on whose price and share basis the row stands", nullable=True),
            Column(LAST_CLOSE, REAL, "quote currency, the close of that session as traded", nullable=True),
        ),
    )


def read_basis(forecasts: pd.DataFrame) -> pd.Series:
    """Session on whose price and share basis each forecast stands: its cutoff, or its last bar before that.

    Rows stored before the table had the column ``basis`` say it in their reason, which began with one fixed
    sentence where the forecast stands on an older bar.

    Args:
        forecasts: basis, cutoff and reason of rows of the ``forecasts`` table.
    """
    basis = forecasts[BASIS].astype("datetime64[us]")
    unrecorded = forecasts[basis.isna()]
    session = unrecorded["reason"].astype("str").str.extract(_BASIS_IN_REASON, expand=False)
    earlier = pd.to_datetime(session, format="%Y-%m-%d").astype("datetime64[us]")
    return basis.fillna(earlier.fillna(unrecorded["cutoff"]))


BASIS, LAST_CLOSE = "basis", "last_close"
_BASIS_IN_REASON = r"^no bar at the cutoff; its last is (\d{4}-\d\d-\d\d)"

_FORECAST_KEY = (
    Column("universe", TEXT),
    Column("symbol", TEXT),
    Column("cutoff", DATE, "last session known when the forecast was made"),
    Column("step", COUNT, "sessions ahead, 1..H"),
    Column("model_version", TEXT),
)

SCORES = Schema(
    "scores",
    ("universe", "symbol", "cutoff", "step", "model_version"),
    (
        *_FORECAST_KEY,
        Column("session", DATE, "the target's session"),
        Column("realised", REAL, "quote currency, the cutoff's share basis"),
        Column("close", REAL, "quote currency, as traded"),
        Column("pinball", REAL, "loss of the log return, mean over levels"),
        Column("in_80", pa.bool_(), nullable=True),
        Column("in_95", pa.bool_(), nullable=True),
        Column("abs_error", REAL, "quote currency, of the median"),
        Column("ended", pa.bool_(), "scored at the last or terminal price of an ended symbol", nullable=True),
    ),
)

LEDGER = Schema(
    "ledger",
    ("universe", "as_of", "entry"),
    (
        Column("universe", TEXT),
        Column("as_of", DATE, "the night's cutoff, or the day on which a person decided"),
        Column("entry", TEXT, "identity of the night, or of a person's decision"),
        Column("decision", TEXT, "promote, keep, refresh, rollback, retire, expire or manual"),
        Column("champion_before", TEXT, "recipe", nullable=True),
        Column("version_before", TEXT, "of the registered model", nullable=True),
        Column("champion_after", TEXT, "recipe", nullable=True),
        Column("version_after", TEXT, "of the registered model", nullable=True),
        Column("rules", TEXT, "JSON list: each rule with its figure, its limit and whether it held"),
        Column("figures", TEXT, "JSON: what was measured of each recipe"),
        Column("evidence", TEXT, "JSON: the e-values that the next contest carries forward, or {}"),
        Column("windows", TEXT, "JSON: first and last session of each part of time"),
        Column("data_version", TEXT),
        Column("code_version", TEXT),
        Column("by", TEXT, "who or what decided"),
        Column("reason", TEXT),
        Column("recorded_at", STAMP, "wall clock"),
    ),
)

EXPORTS = Schema(
    "exports",
    ("universe", "cutoff", "revision"),
    (
        Column("universe", TEXT),
        Column("cutoff", DATE),
        Column("revision", COUNT, "from 1; a later one corrects the one before"),
        Column("csv_sha256", TEXT, "of the rows as CSV"),
        Column("document", TEXT, "JSON: all of the manifest but the hashes of the files"),
        Column("recorded_at", STAMP, "wall clock"),
    ),
)


def to_arrow(frame: pd.DataFrame, schema: Schema) -> pa.Table:
    """Cast a frame to a schema's columns, order and types.

    Raises:
        ShapeError: a column is missing, or has a value that its type or nullability forbids.
    """
    missing = [name for name in schema.names if name not in frame]
    if missing:
        raise ShapeError(f"{schema.name}: columns {missing} are missing; got {list(frame.columns)}")
    for column in schema.columns:
        if column.kind == DATE and _has_time_of_day(frame[column.name]):
            raise ShapeError(f"{schema.name}: column {column.name} holds times of day, and must hold dates")
    try:
        table = pa.Table.from_pandas(
            frame[schema.names], schema=schema.arrow(), preserve_index=False, safe=True
        )
    except (pa.ArrowInvalid, pa.ArrowTypeError, ValueError) as error:
        raise ShapeError(f"{schema.name}: {error}") from error
    for column in schema.columns:
        if not column.nullable and table.column(column.name).null_count:
            raise ShapeError(f"{schema.name}: column {column.name} has empty values")
    return table


def _has_time_of_day(dates: pd.Series) -> bool:
    if not pd.api.types.is_datetime64_any_dtype(dates):
        dates = dates.map(lambda day: day if isinstance(day, datetime) else None)
    stamps = pd.to_datetime(dates, errors="coerce")
    return bool((stamps.dropna() != stamps.dropna().dt.normalize()).any())


def from_arrow(table: pa.Table) -> pd.DataFrame:
    """An Arrow table as a frame: dates become timestamps at midnight, texts become ``str``."""
    for position, field in enumerate(table.schema):
        if pa.types.is_date(field.type):
            stamps = table.column(position).cast(pa.timestamp("us"))
            table = table.set_column(position, field.name, stamps)
    frame: pd.DataFrame = table.to_pandas()
    return frame


def empty(schema: Schema) -> pd.DataFrame:
    """A frame of the schema without rows."""
    return from_arrow(schema.arrow().empty_table())


def content_version(prices: pd.DataFrame) -> str:
    """Data version of a ``prices`` frame: 16 hex digits over keys, prices, volumes and factors.

    It depends on no stamp and on no order of rows, so compaction and a second ingest do not change it.
    """
    ordered = prices.sort_values(["symbol", "session"], kind="stable")
    digest = hashlib.sha256()
    digest.update("\n".join(ordered["symbol"].astype(str)).encode())
    digest.update(ordered["session"].to_numpy("datetime64[D]").astype(np.int64).tobytes())
    for field in PRICE_FIELDS:
        digest.update(ordered[field].to_numpy(np.float64, na_value=np.nan).tobytes())
    return digest.hexdigest()[:16]
