"""Compute the features of every bar: from blocks of series, from the market, and from a user's module."""

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.errors import ConfigError
from morrow.features.bars import Bars, Block
from morrow.features.declaration import Feature
from morrow.features.market import Market
from morrow.features.registry import REGISTRY

Values = NDArray[np.float32]

MOST_THREADS = 4


def compute(bars: pd.DataFrame, names: Sequence[str]) -> Values:
    """Compute the features of every bar.

    Args:
        bars: sorted by series, then session; columns series, session, open, high, low, close (adjusted,
            quote currency), volume (adjusted, units), unit (volatility known at the bar, log return), and
            optionally member (whether the symbol was in the universe on that session; default: it was).
        names: the features, as returned by :func:`morrow.features.expand_selection`.

    Returns:
        (R, F) float32; NaN where a feature is not yet known (warm-up) or its field is missing.

    Raises:
        ConfigError: a feature is not registered, or a user's fails or does not return one number per bar.
    """
    chosen = _find_features(names)
    arrays = Bars.from_frame(bars)
    values = np.full((len(arrays.day), len(chosen)), np.nan, dtype=np.float32)
    if not len(arrays.day):
        return values
    with ThreadPoolExecutor(1) as beside:
        market = beside.submit(_compute_market, arrays, _columns(chosen, "market"), values)
        _compute_blocks(arrays, _columns(chosen, "block"), values)
        market.result()
    for column, each in _columns(chosen, "series").items():
        for start, end in zip(arrays.starts[:-1].tolist(), arrays.starts[1:].tolist(), strict=True):
            values[start:end, column] = _compute_series(each, arrays, start, end)
    return values


def _find_features(names: Sequence[str]) -> list[Feature]:
    for name in names:
        if name not in REGISTRY:
            raise ConfigError(
                f'feature "{name}" is not known here; name the module that it came from in features.module'
            )
    return [REGISTRY[name] for name in names]


def _columns(chosen: Sequence[Feature], scope: str) -> dict[int, Feature]:
    """Map column numbers to the features of a scope."""
    return {column: each for column, each in enumerate(chosen) if each.scope == scope}


def _compute_blocks(bars: Bars, chosen: Mapping[int, Feature], values: Values) -> None:
    """Compute all block features and write them into their columns of the values (R, F)."""
    if not chosen:
        return
    columns = list(chosen)

    def work(group: NDArray[np.int64]) -> None:
        results = _compute_block(bars.make_block(group), list(chosen.values()))
        for row, series in enumerate(group.tolist()):
            start, end = bars.starts[series], bars.starts[series + 1]
            values[start:end, columns] = results[row, : end - start]

    with ThreadPoolExecutor(min(len(os.sched_getaffinity(0)), MOST_THREADS)) as pool:
        list(pool.map(work, bars.group_series()))


def _compute_block(block: Block, chosen: Sequence[Feature]) -> Values:
    """Compute the features of a block: (S, T, F)."""
    results = np.empty((*block.close.shape, len(chosen)), dtype=np.float32)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        for column, each in enumerate(chosen):
            results[..., column] = each.compute(block)
    return results


def _compute_market(bars: Bars, chosen: Mapping[int, Feature], values: Values) -> None:
    """Compute the market features and write them into their columns of the values (R, F)."""
    if not chosen:
        return
    needed = _find_features(sorted({name for each in chosen.values() for name in each.needs}))
    inputs = np.full((len(bars.day), len(needed)), np.nan, dtype=np.float32)
    _compute_blocks(bars, dict(enumerate(needed)), inputs)
    market = _make_market(
        bars, {each.name: inputs[:, column].astype(np.float64) for column, each in enumerate(needed)}
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        for column, each in chosen.items():
            values[:, column] = each.compute(market)


def _make_market(bars: Bars, inputs: Mapping[str, NDArray[np.float64]]) -> Market:
    number = (bars.day - bars.day.min()).astype(np.int64)
    has_bar = np.bincount(number) > 0
    returns = np.full(len(bars.day), np.nan)
    returns[1:] = np.diff(np.log(bars.fields["close"]))
    returns[bars.starts[:-1]] = np.nan
    return Market(
        series=np.repeat(np.arange(len(bars.lengths)), bars.lengths),
        session=(np.cumsum(has_bar) - 1)[number],
        sessions=int(has_bar.sum()),
        member=bars.member,
        returns=returns,
        unit=bars.fields["unit"],
        values=inputs,
    )


def _compute_series(each: Feature, bars: Bars, start: int, end: int) -> Values:
    """Compute a user's feature on the rows of one series: (end - start,).

    Raises:
        ConfigError: it fails, or does not return one number per bar.
    """
    series = SimpleNamespace(
        session=bars.day[start:end].copy(),
        **{name: values[start:end].copy() for name, values in bars.fields.items()},
    )
    try:
        with np.errstate(divide="ignore", invalid="ignore"):
            values = np.asarray(each.compute(series), dtype=np.float32)
    except Exception as error:  # noqa: BLE001 (any error in a user's function becomes one line)
        reason = str(error).splitlines() or [""]
        raise ConfigError(f'feature "{each.name}" failed: {type(error).__name__}: {reason[0]}') from None
    if values.shape != (end - start,):
        raise ConfigError(
            f'feature "{each.name}" returned the shape {values.shape} for {end - start} bars; '
            "it must return one number per bar"
        )
    return np.where(np.isfinite(values), values, np.float32(np.nan))
