"""Universes unlike a stock market's: what is strange in them and true passes the raw gate."""

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from tests.market import PRICES, Market, market

SESSIONS = 400
ODD = ["PENNY", "RARE", "INDEX", "OIL", "ISSUE", "FEAR", "PEG", "EIGHTHS", "FILLED"]


def penny(on: Market, rows: list[int], rng: np.random.Generator) -> None:
    """A cent or two, a third at times, and long without a change."""
    cents = np.where(rng.random(len(rows)) < 0.04, 2, 1) + (rng.random(len(rows)) < 0.01)
    on.bars.loc[rows, PRICES] = np.repeat(cents[:, None] / 100, 4, axis=1)


def rare(on: Market, rows: list[int], rng: np.random.Generator) -> None:
    """One session in seven trades, at steps of a tenth up or down; the others repeat the close."""
    trades = rng.random(len(rows)) < 1 / 7
    steps = np.where(trades, rng.choice([-0.1, 0.1], len(rows)), 0.0)
    steps[300] = 0.35
    close = np.round(8 * np.exp(np.cumsum(steps)), 2)
    on.bars.loc[rows, PRICES] = np.repeat(close[:, None], 4, axis=1)
    on.bars.loc[rows, "volume"] = np.where(trades | (np.arange(len(rows)) == 300), 500.0, 0.0)


def index(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """Prices move and no volume is known."""
    on.bars.loc[rows, "volume"] = 0.0


def oil(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """A barrel that costs money to be rid of for a session, and half of its price on the next."""
    on.times(rows[200:], 0.55)
    on.bars.loc[rows[199], PRICES] = [17.0, 18.0, -40.0, -37.6]
    on.bars.loc[rows[190:210], "volume"] *= 6
    on.bars.loc[rows[200], "high"] *= 1.5


def issue(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """A first week of doubling and halving, then a share like others."""
    for row, size in zip(rows[1:6], (1.8, 0.6, 1.5, 0.7, 1.3), strict=True):
        on.times(rows[rows.index(row) :], size)


def fear(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """An index without volume that doubles in one session of great range."""
    on.bars.loc[rows, "volume"] = np.nan
    on.times(rows[250:], 2.1)
    on.bars.loc[rows[250], "low"] /= 1.9


def peg(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """A currency at one rate for years, given up at half of it: closes alone."""
    on.bars.loc[rows, ["open", "high", "low", "volume"]] = np.nan
    on.bars.loc[rows[:300], "close"] = 3.75
    on.bars.loc[rows[300:], "close"] = 7.2


def eighths(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """A cheap share in eighths of a dollar."""
    cheap = on.bars.loc[rows, PRICES] / on.bars.loc[rows[0], "close"] * 1.25
    on.bars.loc[rows, PRICES] = np.maximum(np.round(cheap * 8), 1) / 8


def filled(on: Market, rows: list[int], _: np.random.Generator) -> None:
    """Holidays are filled with flat bars that did not trade."""
    for row in (*rows[100:107], rows[150]):
        on.bars.loc[row, PRICES] = on.bars.loc[row - 1, "close"]
        on.bars.loc[row, "volume"] = 0.0


@pytest.fixture(scope="module")
def odd() -> Market:
    """All of them beside a dozen ordinary symbols."""
    on = market([*ODD, *(f"PLAIN{number:02}" for number in range(12))], SESSIONS, seed=21)
    rng = np.random.default_rng(22)
    for name, make in zip(ODD, (penny, rare, index, oil, issue, fear, peg, eighths, filled), strict=True):
        make(on, on.rows(name, 0), rng)
    return on


def test_what_is_strange_and_true_passes_in_history(odd: Market) -> None:
    """Only the barrel below zero is refused, alone, for the reason that logarithms give."""
    refused = check_raw(odd.bars, odd.sessions, load_suite("raw", None)).refusals
    row = odd.rows("OIL", 0)[199]
    assert refused[["row", "rule"]].to_numpy().tolist() == [[row, "prices positive"]]
    assert "a price of zero or below has none" in refused["reason"].iloc[0]


@pytest.mark.parametrize("session", [200, 250, 300])
def test_what_is_strange_and_true_passes_on_its_own_night(odd: Market, session: int) -> None:
    """The sessions after the barrel, of the fear and of the end of the peg are taken in as they come."""
    newest = odd.bars["session"] == odd.sessions[session]
    stored = odd.bars[odd.bars["session"] < odd.sessions[session]].drop(columns=["row", "malformed"])
    stored = stored[stored["close"] > 0]
    axis = pd.DatetimeIndex(odd.sessions[: session + 1])
    assert check_raw(odd.bars[newest], axis, load_suite("raw", None), history=stored).passed
