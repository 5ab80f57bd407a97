"""The rows that consumers get: the columns of an export with their descriptions, and what each flag means."""

import hashlib
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from morrow.frames import BASIS, LAST_CLOSE, forecasts_schema
from morrow.frames.columns import TEXT, Column, Schema

FLAGS = {
    "guessed": "the calendar does not reach the target session yet: `session` is a guess by its rules",
    "outside": "an input lies outside what the model saw in training: answered by unconditional quantiles",
    "partial": "the newest bar lacks what features need, such as its range or volume: answered by "
    "unconditional quantiles",
    "pegged": "the price hardly moves, so that no model applies: answered by unconditional quantiles",
    "stale": "an old price: the symbol has no bar at the cutoff, or all data are too old for the date "
    "asked for",
    "young": "too short a history for the model: answered by unconditional quantiles",
    "zero-shot": "answered by a pretrained network, because the universe has no champion yet",
}

_ABOUT = {
    "universe": "the symbols that are forecast together",
    "symbol": "as the source names it at the cutoff",
    "cutoff": "nothing later than the close of this session was used",
    "step": "1 is the first session after the cutoff",
    "model_version": "a text, not a number: of the registered model, or `pretrained-` with the start of the "
    "shipped weights' sha256",
    "session": "by the universe's calendar as it was known when the forecast was made",
    "mean": "expected price; the quantile function is taken as linear between levels and flat beyond them",
    "p_down": "that the close at the target is lower than the last close",
    "p_flat": "that it is equal; 0 unless the model has the head `direction`",
    "p_up": "that it is higher; one half where the model has proved no edge on direction",
    "flags": "each says why the row is not an ordinary answer of the champion",
    "reason": "of the fallback, in words",
    "run_id": "of the recipe's run in MLflow; empty for a pretrained network, which no run has trained",
    "data_version": "hash of the prices that the forecast was made from",
    "created_at": "when the forecast was made",
    BASIS: "earlier than the cutoff if the symbol had no bar there; the row's prices are on its share basis",
    LAST_CLOSE: "at `basis`: divide by it for a return; empty if an earlier release made the forecast",
    "currency": "of every price in the row, as configured; `per EUR` means units for one euro",
    "recipe": "of the model that forecast, or `zero-shot`",
    "forecast_id": "hash of universe, symbol, cutoff, step, model version and data version: the same "
    "forecast has the same id in every file and table",
}
_OF_CONSUMERS = (
    Column("currency", TEXT, "quote currency"),
    Column("recipe", TEXT, "name"),
    Column("forecast_id", TEXT, "16 hex digits"),
)
_OF_ID = ("universe", "symbol", "cutoff", "step", "model_version", "data_version")


def export_schema(levels: tuple[float, ...]) -> Schema:
    """The columns of an export for the given levels: those of ``forecasts``, and what explains them."""
    schema = forecasts_schema(levels)
    columns = (*schema.columns, *_OF_CONSUMERS)
    return replace(schema, columns=tuple(replace(column, about=_describe(column.name)) for column in columns))


def read_levels(names: Sequence[str]) -> tuple[float, ...]:
    """The levels of the quantile columns among the names, ascending.

    >>> read_levels(["symbol", "q0250", "q5000"])
    (0.025, 0.5)
    """
    return tuple(sorted(int(name[1:]) / 10_000 for name in names if _is_quantile(name)))


def identify_forecasts(rows: pd.DataFrame) -> pd.Series:
    """An id per row, 16 hex digits, of what identifies its forecast: it depends on nothing else.

    Args:
        rows: universe, symbol, cutoff, step, model_version, data_version.
    """
    texts = rows[list(_OF_ID)].assign(cutoff=rows["cutoff"].dt.strftime("%Y-%m-%d"))
    return pd.Series(
        [
            hashlib.sha256("\x1f".join(map(str, row)).encode()).hexdigest()[:16]
            for row in texts.itertuples(index=False, name=None)
        ],
        index=rows.index,
        dtype="str",
    )


def _describe(name: str) -> str:
    if _is_quantile(name):
        level = int(name[1:]) / 100
        return f"price below which the close at the target falls with a probability of {level:g} %"
    return _ABOUT[name]


def _is_quantile(name: str) -> bool:
    return len(name) == 5 and name[0] == "q" and name[1:].isdigit()
