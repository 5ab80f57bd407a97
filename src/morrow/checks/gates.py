"""The four gates: raw batch, stored panel, features and forecasts. Touches no disk and no network."""

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
from numpy.typing import NDArray

from morrow.checks import summaries
from morrow.checks.measures import measure_rows
from morrow.checks.suites import COLUMNS, DERIVED, Suite, compares_measures
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

    The measures of faults (``measures.MEASURES``) are computed once; the rows that have any are given to the
    expectations that compare measures with limits.

    Args:
        rows: columns row (int64, unique), symbol (text, null if missing), session (datetime64, null if
            unreadable), open, high, low, close, volume, split_factor, dividend_factor (float64, NaN if
            absent) and malformed (text: fields that could not be read and what they held, or null).
        sessions: the calendar's sessions, midnight, without time zone.
        suite: of the gate ``raw``; its parameter ``sessions`` is filled here.
        history: bars of the same symbols that are stored already, and are context, not judged: symbol,
            session, open, high, low, close, volume, split_factor, dividend_factor, factors on the basis of
            ``rows``. It should hold at least 260 sessions before the judged rows, and all bars known between
            and after them.
        other: symbol, session and close of a second source.
        latest: the last day that can have traded by now; by default the last of ``sessions`` and the
            weekend after it.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``rows``, ``history`` or ``other`` is not as described.
    """
    _require(rows, [name for name in COLUMNS["raw"] if name not in DERIVED])
    if history is not None:
        _require(history, ("symbol", "session", *PRICE_FIELDS))
    if other is not None:
        _require(other, ("symbol", "session", "close"))
    if rows["session"].dtype.kind != "M":
        raise ShapeError(f"column session must be datetime64, got {rows['session'].dtype}")
    if rows["row"].duplicated().any():
        raise ShapeError("column row must hold each number once, got some twice")
    given = rows["session"]
    # Sessions outside the batch's span decide nothing, and each costs 0.2 ms inside the library.
    span = sessions[(sessions >= given.min()) & (sessions <= given.max())]
    frame = rows.set_axis(pd.Index(rows["row"].to_numpy()), axis=0)
    measures = measure_rows(rows, sessions, history, other, latest)
    measured = frame.iloc[measures.pop("index").to_numpy()]
    measured = pd.concat([measured, measures.set_axis(measured.index, axis=0)], axis=1)
    return _run(suite, frame, {"sessions": span.to_pydatetime().tolist()}, measured)


def check_forecasts(frame: pd.DataFrame, expected_rows: int, suite: Suite) -> Verdict:
    """Judge the rows of a forecast before they are stored.

    Args:
        frame: as ``frames.forecasts_schema`` has it, with at least two quantile columns.
        expected_rows: eligible and fallback symbols × steps.
        suite: of the gate ``forecasts``; its parameter ``expected_rows`` is filled here, and the columns
            lowest_price, narrowest_gap (both in quote currency), not_finite (a count) and probability_sum
            are derived, so that a suite does not depend on the quantile levels.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``frame`` lacks columns.
    """
    _require(frame, [name for name in COLUMNS["forecasts"] if name not in DERIVED])
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
    return _run(suite, numbered, {"expected_rows": expected_rows})


def check_panel(
    prices: pd.DataFrame, sessions: pd.DatetimeIndex, suite: Suite
) -> tuple[Verdict, dict[str, str]]:
    """Judge the stored bars of a universe before models are trained on them.

    Args:
        prices: the bars as known at the cutoff: symbol, session, close, split_factor, dividend_factor and
            known_at; at least one.
        sessions: the calendar's, from the first bar to the cutoff.
        suite: of the gate ``panel``; its columns are those of ``summaries.summarise_symbols``.

    Returns:
        A verdict on symbols (``row`` is the symbol's index in sorted order), and the symbols that it holds,
        each with its first reason.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``prices`` lacks columns.
    """
    _require(prices, ("symbol", "session", "close", "split_factor", "dividend_factor", "known_at"))
    summary = summaries.summarise_symbols(prices, sessions)
    verdict = _run(suite, summary, {})
    first = verdict.refusals.drop_duplicates("row")
    names = summary.loc[first["row"], "symbol"].tolist()
    reasons = (first["rule"] + ": " + first["reason"]).tolist()
    return verdict, dict(zip(names, reasons, strict=True))


def check_features(
    values: NDArray[np.float32], names: tuple[str, ...], session: NDArray[np.int64], suite: Suite
) -> Verdict:
    """Judge the features of a panel before networks learn from them.

    Args:
        values: (R, F), NaN until known.
        names: F.
        session: (R,) index of each bar's session on the axis.
        suite: of the gate ``features``; its columns are those of ``summaries.summarise_features``.

    Returns:
        A verdict on features: ``row`` is the index of a feature.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
    """
    return _run(suite, summaries.summarise_features(values, names, session), {})


def _require(frame: pd.DataFrame, names: tuple[str, ...] | list[str]) -> None:
    missing = [name for name in names if name not in frame]
    if missing:
        raise ShapeError(f"columns {missing} are missing; got {list(frame.columns)}")


def _run(
    suite: Suite, frame: pd.DataFrame, parameters: Mapping[str, Any], measured: pd.DataFrame | None = None
) -> Verdict:
    """Run a suite: expectations that compare measures on the ``measured`` rows, all others on the frame."""
    every = suite.expectations.expectations
    batches = [(frame, [each for each in every if not compares_measures(each)])]
    if measured is not None:
        batches.append((measured, [each for each in every if compares_measures(each)]))
    results: list[Any] = []
    with _ONE_AT_A_TIME:
        context = gx.get_context(mode="ephemeral", project_config=_context_config())
        source = context.data_sources.add_pandas("morrow")
        try:
            for index, (rows, expectations) in enumerate(batches):
                if not expectations:
                    continue
                definition = source.add_dataframe_asset(
                    f"batch {index}"
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
            context.data_sources.delete("morrow")  # the library keeps the context, and with it the rows
    return judge(suite, frame, results, measured)


def _context_config() -> DataContextConfig:
    """In memory, without Data Docs (they name a temporary folder), progress bars or usage statistics."""
    return DataContextConfig(
        store_backend_defaults=InMemoryStoreBackendDefaults(init_temp_docs_sites=False),
        progress_bars=ProgressBarsConfig(globally=False, metric_calculations=False),
        analytics_enabled=False,
    )
