"""How long the features of a wide universe take: the default set, also on the next night, and the GARCH ones.

``python -m benchmarks.features --json`` ends in one line of JSON with features_s, features_next_night_s and
volatility_models_s, of 500 symbols and 5,000 sessions on the cores that this process may use.
Every night computes its features in full.
"""

import argparse
import json
import os
from time import perf_counter

import numpy as np
import pandas as pd

from morrow import features

SYMBOLS, SESSIONS = 500, 5_000


def bars(symbols: int = SYMBOLS, sessions: int = SESSIONS, seed: int = 1) -> pd.DataFrame:
    """Synthetic adjusted bars, series after series, as :func:`morrow.features.compute` takes them."""
    draw = np.random.default_rng(seed)
    days = pd.bdate_range("2000-01-03", periods=sessions).to_numpy("datetime64[us]")
    blocks = []
    for symbol in range(symbols):
        moves = 0.01 * draw.standard_normal(sessions)
        close = 100 * np.exp(np.cumsum(moves))
        opened = close * np.exp(0.003 * draw.standard_normal(sessions))
        up, down = np.exp(0.005 * np.abs(draw.standard_normal((2, sessions))))
        unit = features.unit_volatility(np.concatenate([[np.nan], moves[1:]]), np.full(sessions, 1e-6))
        blocks.append(
            {
                "series": np.full(sessions, symbol),
                "symbol": np.full(sessions, f"S{symbol}", object),
                "session": days,
                "open": opened,
                "high": np.maximum(opened, close) * up,
                "low": np.minimum(opened, close) / down,
                "close": close,
                "volume": 1e6 * np.exp(0.4 * draw.standard_normal(sessions)),
                "unit": unit,
            }
        )
    return pd.DataFrame({name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]})


def full(frame: pd.DataFrame | None = None) -> float:
    """Seconds that the default set takes from all bars."""
    given = bars() if frame is None else frame
    began = perf_counter()
    features.compute(given, features.DEFAULT)
    return perf_counter() - began


def volatility_models(frame: pd.DataFrame | None = None) -> float:
    """Seconds that the group of volatility models takes from all bars."""
    given = bars() if frame is None else frame
    began = perf_counter()
    features.compute(given, features.expand_selection(("models",)))
    return perf_counter() - began


def main() -> None:
    """Measure, and write what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="only the line of JSON")
    options = parser.parse_args()
    frame = bars()
    seconds_by_name = {
        "features_s": full(frame),
        "features_next_night_s": full(frame),
        "volatility_models_s": volatility_models(frame),
    }
    seconds_by_name = {name: round(seconds, 3) for name, seconds in seconds_by_name.items()}
    if not options.json:
        print(f"{SYMBOLS} symbols × {SESSIONS} sessions, {len(os.sched_getaffinity(0))} cores")
    print(json.dumps(seconds_by_name))


if __name__ == "__main__":
    main()
