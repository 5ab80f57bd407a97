"""A wrong price is told from a wild one by the symbol's own history: closes alone, beside five stocks."""

import numpy as np
import pytest
from scipy.signal import lfilter

from morrow.checks import check_raw, load_suite
from tests.market import Market, market
from tests.named_faults import name_faults

SESSIONS, AT = 1259, 800
STOCKS = [f"STOCK{number}" for number in range(5)]


def write_closes(seed: int, log: np.ndarray, spike: float = 0.0) -> tuple[Market, int]:
    """Stocks and a symbol of closes with these logarithms, of which one is lifted; that close's row."""
    on = market([*STOCKS, "ENERGY"], SESSIONS, seed=seed)
    rows = on.rows("ENERGY", 0)
    on.bare("ENERGY")
    lifted = log + np.where(np.arange(SESSIONS) == AT, spike, 0.0)
    on.bars.loc[rows, "close"] = np.round(50 * np.exp(lifted), 2)
    return on, rows[AT]


def walk(rng: np.random.Generator, freedom: float, size: float, back: float = 0.0) -> np.ndarray:
    """Shocks of a Student t, of which a share comes back each session."""
    shocks = size * np.clip(rng.standard_t(freedom, SESSIONS), -12, 12)
    return np.asarray(lfilter([1.0], [1.0, back - 1], shocks))


def spiky(rng: np.random.Generator) -> np.ndarray:
    """A walk with spikes of all sizes, two in a hundred sessions, each half gone on the next."""
    spikes = np.where(rng.random(SESSIONS) < 0.02, rng.exponential(0.4, SESSIONS), 0.0)
    return walk(rng, 4, 0.03) + np.asarray(lfilter([1.0], [1.0, -0.5], spikes))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("kind", ["heavy tails", "spikes"])
def test_an_energy_price_that_triples_for_a_day_passes(kind: str, seed: int) -> None:
    """What a price of its tails does once in some years is no fault."""
    rng = np.random.default_rng([seed, 1])
    log = walk(rng, 2.5, 0.09, 0.1) if kind == "heavy tails" else spiky(rng)
    on, _ = write_closes(seed, log, np.log(3))
    assert name_faults(on.bars, on.sessions).empty


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("freedom", [5.0, 30.0])
def test_the_same_in_a_price_of_thin_tails_is_a_jump(freedom: float, seed: int) -> None:
    """A stock of the same universe never did anything like it."""
    on, row = write_closes(seed, walk(np.random.default_rng([seed, 1]), freedom, 0.02), np.log(2.6))
    assert name_faults(on.bars, on.sessions).to_dict() == {row: "jump"}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("freedom", [4.0, 30.0])
def test_a_move_by_nine_of_its_usual_moves_passes(freedom: float, seed: int) -> None:
    """The line is at twelve, whatever the tails: a day of nine comes back and is true."""
    log = walk(np.random.default_rng([seed, 1]), freedom, 0.03)
    usual = float(np.std(np.diff(log)[AT - 60 : AT]))
    on, _ = write_closes(seed, log, 9 * usual - (log[AT] - log[AT - 1]))
    assert name_faults(on.bars, on.sessions).empty


@pytest.mark.parametrize("close", [0.0, -37.6])
def test_one_close_of_zero_or_below_is_refused_alone(close: float) -> None:
    """However heavy the tails: a return to or from it has no logarithm."""
    on, row = write_closes(1, walk(np.random.default_rng([1, 1]), 2.5, 0.06, 0.1))
    on.bars.loc[on.bars["row"] == row, "close"] = close
    refused = check_raw(on.bars, on.sessions, load_suite("raw", None)).refusals
    assert refused[["row", "rule"]].to_numpy().tolist() == [[row, "prices positive"]]
    assert f"close is {close:g}" in refused["reason"].iloc[0]


def test_the_reason_of_a_jump_says_how_rare_it_is() -> None:
    """The odds are those of the symbol's other moves."""
    on, row = write_closes(2, walk(np.random.default_rng([2, 1]), 30, 0.02), np.log(2.6))
    reason = check_raw(on.bars, on.sessions, load_suite("raw", None)).refusals.set_index("row")["reason"][row]
    assert (
        "usual moves, which by its other moves it makes once in 1e+12 sessions, and the old level" in reason
    )
    assert "it would be accepted below 9 usual moves" in reason
    assert "or if such a move came once in 5000 sessions; drop it" in reason
