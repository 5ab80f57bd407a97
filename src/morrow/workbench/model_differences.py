"""What differs between two trainings of one recipe: weights and settings, losses, metrics."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow.fitted_model import FittedModel

NAMED = 5  # differences of one sort that are named
ROW = ["symbol", "session", "step", "part"]


def compare_models(then: FittedModel, now: FittedModel) -> list[str]:
    """Say which arrays and entries of two models differ; empty if they are equal to the bit."""
    return [*_compare_arrays(then, now), *_shorten(find_changes(then.document, now.document))]


def compare_losses(then: pd.DataFrame, now: pd.DataFrame) -> list[str]:
    """Say how many out-of-fold losses of two frames (symbol, session, step, part, loss) differ."""
    both = then.merge(now, on=ROW, how="outer", suffixes=("_then", "_now"), indicator=True)
    changes = []
    if alone := int((both["_merge"] != "both").sum()):
        changes.append(f"{alone:,} of {len(both):,} losses are of forecasts that only one of the two made")
    common = both[both["_merge"] == "both"]
    gap = (common["loss_now"] - common["loss_then"]).abs()
    if count := int((gap > 0).sum()):
        changes.append(f"{count:,} of {len(common):,} losses differ, by at most {gap.max():.3g}")
    return changes


def compare_metrics(then: Mapping[str, float], now: Mapping[str, float]) -> list[str]:
    """Say which metrics that both have differ, those of most relative change first."""
    changed = {
        name: abs(now[name] - value) / max(abs(value), 1e-12)
        for name, value in then.items()
        if name in now and now[name] != value
    }
    first = sorted(changed, key=lambda name: (-changed[name], name))
    return _shorten([f"{name} was {then[name]:.8g} and is {now[name]:.8g}" for name in first])


def find_changes(then: Mapping[str, Any], now: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Every value that differs between two nested mappings.

    >>> find_changes({"a": {"b": 1}}, {"a": {"b": 2}})
    ['a.b was 1 and is 2']
    """
    changes: list[str] = []
    for name in [*then, *(each for each in now if each not in then)]:
        before, after = then.get(name), now.get(name)
        if isinstance(before, Mapping) and isinstance(after, Mapping):
            changes += find_changes(before, after, f"{prefix}{name}.")
        elif before != after:
            changes.append(f"{prefix}{name} was {_word(before)} and is {_word(after)}")
    return changes


def _compare_arrays(then: FittedModel, now: FittedModel) -> Iterator[str]:
    alone = sorted(set(then.arrays) ^ set(now.arrays))
    if alone:
        yield f"only one of the two has the weights {', '.join(alone[:NAMED])}"
    common = sorted(set(then.arrays) & set(now.arrays))
    pairs = {name: (then.arrays[name], now.arrays[name]) for name in common}
    unlike = [name for name, (a, b) in pairs.items() if (a.shape, a.dtype) != (b.shape, b.dtype)]
    if unlike:
        yield f"the weights {', '.join(unlike[:NAMED])} have another shape or type"
    alike = [pair for name, pair in pairs.items() if name not in unlike]
    count = sum(int((_bits(a) != _bits(b)).sum()) for a, b in alike)
    if count:
        gap = max(float(np.max(np.abs(a.astype(np.float64) - b), initial=0.0)) for a, b in alike)
        yield f"{count:,} of {sum(a.size for a, _ in alike):,} weights differ, by at most {gap:.3g}"


def _bits(array: NDArray[Any]) -> NDArray[Any]:
    """The array's values, flat, as integers of the same bits."""
    return np.ascontiguousarray(array).reshape(-1).view(f"u{array.itemsize}")


def _shorten(changes: list[str]) -> list[str]:
    more = len(changes) - NAMED
    return [*changes[:NAMED], f"and {more:,} more"] if more > 0 else changes


def _word(value: Any) -> str:
    """A value in a sentence; what is long is cut."""
    if value is None or value == "":
        return "absent"
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= 60 else f"{text[:57]}..."
