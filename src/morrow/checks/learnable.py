"""The gates before a training: the stored panel, a line a symbol, and its features, a line a feature."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.checks import summaries
from morrow.checks.gates import require, run
from morrow.checks.suites import Suite
from morrow.checks.verdicts import Verdict


def check_panel(
    prices: pd.DataFrame, sessions: pd.DatetimeIndex, suite: Suite
) -> tuple[Verdict, dict[str, str]]:
    """Judge the stored bars of a universe before they are learnt from.

    Args:
        prices: the bars as known at the cutoff: symbol, session, close, split_factor, dividend_factor and
            known_at; at least one.
        sessions: the calendar's, from the first bar to the cutoff.
        suite: of the gate ``panel``; its columns are those of ``summaries.of_symbols``.

    Returns:
        A verdict on symbols, ``row`` being a symbol's place in their order; and the symbols that it holds,
        each with its first reason.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
        ShapeError: ``prices`` lacks columns.
    """
    require(prices, ("symbol", "session", "close", "split_factor", "dividend_factor", "known_at"))
    summary = summaries.of_symbols(prices, sessions)
    verdict = run(suite, summary, {})
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
        session: (R,) place of each bar on the axis of sessions.
        suite: of the gate ``features``; its columns are those of ``summaries.of_features``.

    Returns:
        A verdict on features: ``row`` is a feature's place.

    Raises:
        ConfigError: an expectation of the suite cannot be computed.
    """
    return run(suite, summaries.of_features(values, names, session), {})
