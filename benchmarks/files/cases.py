"""One case: the files that a person has, the bars that they hold, and the question that may be asked."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.files.market import PRICES, Draw, Market, simulate

FIELDS = (*PRICES, "volume")


@dataclass(frozen=True)
class Question:
    """What a refusal must say.

    Attributes:
        words: regular expressions that must all be in the message or in the written questions, any case.
        is_final: whether the bars can only be read from another file, not by a line of a configuration.
    """

    words: tuple[str, ...]
    is_final: bool = False


@dataclass(frozen=True, eq=False)
class Case:
    """A file, or a folder of files, as a person has it.

    Attributes:
        name: of the case.
        kind: its group in the result.
        files: bytes by path.
        path: what the person names to ``morrow init``.
        truth: symbol, session, open, high, low, close, volume and factor, NaN where the file does not say;
            None where the file must not be accepted.
        question: where a question is a right answer too.
        is_named: whether the file (or its name) tells the symbols' names; else they are matched by prices.
        unchecked: fields that may hold anything.
        is_parquet: whether it is given as ``--parquet``.
        refused: most rows that are no bars and may be refused, such as a footer.
        may_lack: symbols that may be left out if ``init`` names each of them.
    """

    name: str
    kind: str
    files: Mapping[str, bytes]
    path: str
    truth: pd.DataFrame | None
    question: Question | None = None
    is_named: bool = True
    unchecked: frozenset[str] = frozenset()
    is_parquet: bool = False
    refused: int = 0
    may_lack: frozenset[str] = frozenset()


Make = Callable[[np.random.Generator, str, str], Case]
REGISTRY: dict[str, tuple[str, Make]] = {}


def register(name: str, kind: str, make: Make) -> None:
    """Add a case to the catalogue.

    Raises:
        ValueError: its name is taken.
    """
    if name in REGISTRY:
        raise ValueError(f"two cases are called {name}")
    REGISTRY[name] = kind, make


def case(name: str, kind: str) -> Callable[[Make], Make]:
    """Add the decorated function to the catalogue."""

    def add(make: Make) -> Make:
        register(name, kind, make)
        return make

    return add


def make_cases(seed: int, names: Iterable[str]) -> Iterable[Case]:
    """Make the cases of these names."""
    for name in names:
        kind, make = REGISTRY[name]
        yield make(np.random.default_rng([seed, *name.encode()]), name, kind)


def draw_market(rng: np.random.Generator, **wishes: Any) -> Market:
    """Simulate a market for a case."""
    return simulate(Draw(**wishes), rng)


def truth_of(bars: pd.DataFrame, fields: Iterable[str] = FIELDS, *, has_factor: bool = False) -> pd.DataFrame:
    """The bars that a file holds which has some of the fields."""
    truth = bars[["symbol", "session", *FIELDS, "factor"]].copy()
    for name in FIELDS:
        if name not in fields:
            truth[name] = np.nan
    if not has_factor:
        truth["factor"] = np.nan
    return truth
