"""Runs a suite on a frame, at the raw gate and at the forecast gate. Touches no disk and no network."""

import re
import threading
from collections.abc import Mapping
from typing import Any

import great_expectations as gx
import numpy as np
import pandas as pd
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.exceptions import GreatExpectationsError

from morrow.checks.signs import evidence
from morrow.checks.suites import COLUMNS, DERIVED, Suite, by_signs
from morrow.checks.verdicts import Verdict, judge
from morrow.errors import ConfigError, ShapeError, one_line
from morrow.frames import PRICE_FIELDS

# Failed rows come as index labels alone: the values are read from the frame, because
# the result's own list of them ends after 200.
_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "exclude_unexpected_values": True,
    "partial_unexpected_count": 0,
    "return_unexpected_index_query": False,
}
_ONE_AT_A_TIME = threading.Lock()  # the library keeps its current context in a global


def check_raw(
    rows: pd.DataFrame,
    sessions: pd.DatetimeIndex,
    suite: Suite,
    history: pd.DataFrame | None = None,
    other: pd.DataFrame | None = None,
    latest: pd.Timestamp | None = None,
) -> Verdict:
    """Judge the rows of a batch, exact duplicates already collapsed.

    The signs of faults (``signs.MEASURES``) are measured once; the rows that have some go before the
    expectations that compare them with their lines.

    Args:
        rows: columns row (int64, unique), symbol (text, null if missing), session (datetime64, null if
            unreadable), open, high, low, close, volume, split_factor, dividend_factor (float64, NaN if
            absent) and malformed (text: fields that could not be read and what they held, or null).
        sessions: the calendar's sessions, midnight, without time zone.
        suite: of the gate ``raw``; its parameter ``sessions`` is filled here.
        history: bars of the same symbols that are stored already, and are context, not judged: symbol,
            session, open, high, low, close, volume, split_factor, dividend_factor, factors on the basis of
            ``rows``. At least 260 sessions before the judged rows and what is known between and after them.
        other: symbol, session and close of a second source.
        latest: the last day that can have traded by now; without it the last of ``sessions``, and the
            weekend after it.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``rows``, ``history`` or ``other`` is not as described.
    """
    require(rows, [name for name in COLUMNS["raw"] if name not in DERIVED])
    if history is not None:
        require(history, ("symbol", "session", *PRICE_FIELDS))
    if other is not None:
        require(other, ("symbol", "session", "close"))
    if rows["session"].dtype.kind != "M":
        raise ShapeError(f"column session must be datetime64, got {rows['session'].dtype}")
    if rows["row"].duplicated().any():
        raise ShapeError("column row must hold each number once, got some twice")
    given = rows["session"]
    # A session outside the batch's span decides nothing, and each one costs 0.2 ms inside the library.
    span = sessions[(sessions >= given.min()) & (sessions <= given.max())]
    frame = rows.set_axis(pd.Index(rows["row"].to_numpy()), axis=0)
    signs = evidence(rows, sessions, history, other, latest)
    marked = frame.iloc[signs.pop("place").to_numpy()]
    marked = pd.concat([marked, signs.set_axis(marked.index, axis=0)], axis=1)
    return run(suite, frame, {"sessions": span.to_pydatetime().tolist()}, marked)


def check_forecasts(frame: pd.DataFrame, expected_rows: int, suite: Suite) -> Verdict:
    """Judge the rows of a forecast before it is written.

    Args:
        frame: as ``frames.forecasts_schema`` has it, with at least two quantile columns.
        expected_rows: eligible and fallback symbols × steps.
        suite: of the gate ``forecasts``; its parameter ``expected_rows`` is filled here, and the columns
            lowest_price, narrowest_gap (both in quote currency), not_finite (a count) and probability_sum
            are derived, so that it needs to know no quantile level.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``frame`` lacks columns.
    """
    require(frame, [name for name in COLUMNS["forecasts"] if name not in DERIVED])
    quantiles = sorted(str(name) for name in frame.columns if re.fullmatch(r"q\d{4}", str(name)))
    if len(quantiles) < 2:
        raise ShapeError(f"a forecast needs two or more quantile columns, got {quantiles}")
    curves = frame[quantiles].to_numpy(np.float64)  # (N, Q)
    prices = np.column_stack([curves, frame["mean"].to_numpy(np.float64)])  # (N, Q + 1)
    chances = frame[["p_down", "p_flat", "p_up"]].to_numpy(np.float64)  # (N, 3)
    with np.errstate(invalid="ignore"):  # inf - inf; the row is caught as not finite
        gaps = np.diff(curves, axis=1)
    derived = {
        "lowest_price": prices.min(axis=1),
        "narrowest_gap": gaps.min(axis=1),
        "not_finite": np.count_nonzero(~np.isfinite(np.column_stack([prices, chances])), axis=1),
        "probability_sum": chances.sum(axis=1),
    }
    numbered = frame.set_axis(pd.RangeIndex(len(frame)), axis=0).assign(**derived)
    return run(suite, numbered, {"expected_rows": expected_rows})


def require(frame: pd.DataFrame, names: tuple[str, ...] | list[str]) -> None:
    """Refuse a frame that lacks columns.

    Raises:
        ShapeError: it does.
    """
    missing = [name for name in names if name not in frame]
    if missing:
        raise ShapeError(f"columns {missing} are missing; got {list(frame.columns)}")


def run(
    suite: Suite, frame: pd.DataFrame, parameters: Mapping[str, Any], marked: pd.DataFrame | None = None
) -> Verdict:
    """Validate all rows, and the ``marked`` ones with their signs by the expectations that compare those."""
    every = suite.expectations.expectations
    rooms = [(frame, [each for each in every if not by_signs(each)])]
    if marked is not None:
        rooms.append((marked, [each for each in every if by_signs(each)]))
    results: list[Any] = []
    with _ONE_AT_A_TIME:
        context = gx.get_context(mode="ephemeral", project_config=_context_config())
        source = context.data_sources.add_pandas("morrow")
        try:
            for place, (rows, expectations) in enumerate(rooms):
                if not expectations:
                    continue
                definition = source.add_dataframe_asset(
                    f"batch {place}"
                ).add_batch_definition_whole_dataframe("whole")
                outcome = definition.get_batch({"dataframe": rows}).validate(
                    gx.ExpectationSuite(name=suite.gate, expectations=expectations),
                    result_format=dict(_RESULT_FORMAT),
                    expectation_parameters=dict(parameters),
                )
                results += outcome.results
        except GreatExpectationsError as error:
            raise ConfigError(f'suite "{suite.file}": {one_line(error, 300)}') from None
        finally:
            context.data_sources.delete("morrow")  # the current context outlives the run, the rows must not
    return judge(suite, frame, results, marked)


def _context_config() -> DataContextConfig:
    """In memory, without Data Docs (they name a temporary folder), progress bars or usage statistics."""
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        analytics_enabled=False,
    )
