"""Rows of symbols whose earlier prices a source has divided: what is stored of them, and what waits."""

import numpy as np
import pandas as pd
import pytest

from morrow.store import SAME, compare
from morrow.store.comparison import BEYOND, NEW, REVISED, Comparison
from tests.market import PRICES, market

SESSIONS = 80
TOLERANCE = 0.005


def bars(symbols: str = "ABCD", seed: int = 1) -> pd.DataFrame:
    """Stored bars of an ordinary market."""
    return market(list(symbols), SESSIONS, seed).bars


def divided(rows: pd.DataFrame, symbols: str, prices: float, volumes: float = 1.0) -> pd.DataFrame:
    """The rows with all bars of some symbols divided, and their volumes multiplied: tonight's basis."""
    chosen, changed = rows["symbol"].isin(list(symbols)), rows.copy()
    changed.loc[chosen, PRICES] /= prices
    changed.loc[chosen, "volume"] = np.round(changed.loc[chosen, "volume"] * volumes)
    return changed


def before_last(rows: pd.DataFrame) -> pd.DataFrame:
    """What was stored a night earlier."""
    return rows[rows["session"] < rows["session"].max()].reset_index(drop=True)


def counts(compared: Comparison) -> dict[int, int]:
    """How many rows there are of each kind."""
    return pd.Series(compared.kind).value_counts().to_dict()


def nothing_refused(compared: Comparison) -> np.ndarray:
    """No row is refused."""
    return np.zeros(len(compared.rows), bool)


@pytest.mark.parametrize(
    ("prices", "volumes", "split", "dividend"), [(2.0, 2.0, 2.0, 1.0), (1 / 0.992, 1.0, 1.0, 1 / 0.992)]
)
def test_a_rebased_symbol_goes_on_from_its_stored_bars(
    prices: float, volumes: float, split: float, dividend: float
) -> None:
    """Its stored bars stay, its new bar carries the step, and the other symbols know nothing of it."""
    whole = bars()
    compared = compare(divided(whole, "B", prices, volumes), before_last(whole), TOLERANCE)
    assert counts(compared) == {SAME: 4 * (SESSIONS - 1), NEW: 4}
    (step,) = compared.rebasings(nothing_refused(compared))
    assert (step.symbol, step.session, step.bars) == ("B", whole["session"].max(), SESSIONS - 1)
    assert (step.split, step.dividend) == pytest.approx((split, dividend))
    new = compared.bars_to_store(nothing_refused(compared)).rows.set_index("symbol")
    assert new["split_factor"].to_numpy() == pytest.approx([1, split, 1, 1])
    assert new["dividend_factor"].to_numpy() == pytest.approx([1, dividend, 1, 1])
    assert new.loc["B", "close"] * prices == pytest.approx(whole.query("symbol == 'B'")["close"].iloc[-1])


def test_a_correction_beside_a_rebasing_is_judged_alone() -> None:
    """A bar off the ratio by 0.4 % is revised on the stored basis, and one off by 3 % waits."""
    whole = bars()
    batch = divided(whole, "B", 2.0, 2.0)
    batch.loc[SESSIONS + 10, "close"] *= 1.004
    batch.loc[SESSIONS + 20, "close"] *= 1.03
    compared = compare(batch, before_last(whole), TOLERANCE)
    assert counts(compared) == {SAME: 4 * (SESSIONS - 1) - 2, NEW: 4, REVISED: 1, BEYOND: 1}
    refused = np.arange(len(batch)) == SESSIONS + 20
    stored = compared.bars_to_store(refused).rows
    revised = stored[stored["session"] == whole.loc[SESSIONS + 10, "session"]].iloc[0]
    truth = whole.loc[SESSIONS + 10]
    assert revised["close"] == pytest.approx(truth["close"] * 1.004)
    assert (
        revised[["open", "high", "low", "volume"]].tolist()
        == truth[["open", "high", "low", "volume"]].tolist()
    )


def test_a_step_begins_at_the_first_bar_that_is_stored() -> None:
    """Where the first new bar is refused, the next one carries the step; where all are, none does yet."""
    whole = bars("A")
    stored = whole[: SESSIONS - 3]
    compared = compare(divided(whole, "A", 2.0, 2.0), stored, TOLERANCE)
    one = np.arange(SESSIONS) == SESSIONS - 3
    (step,) = compared.rebasings(one)
    assert step.session == whole["session"].iloc[-2]
    assert compared.bars_to_store(one).rows["split_factor"].tolist() == [2, 2]
    assert compared.rebasings(np.arange(SESSIONS) >= SESSIONS - 3) == ()


def test_an_action_that_comes_late_corrects_the_bars_after_it() -> None:
    """The source divides the bars before an action that is two stored bars back: their factors follow."""
    whole = bars("A").assign(volume=np.nan)
    late = whole.copy()
    late.loc[: SESSIONS - 3, PRICES] *= 0.99
    compared = compare(late, whole, TOLERANCE)
    (step,) = compared.rebasings(nothing_refused(compared))
    assert step.session == whole["session"].iloc[-2]
    settled = compared.bars_to_store(nothing_refused(compared)).rows
    assert settled["session"].tolist() == whole["session"].tolist()[-2:]
    assert settled["dividend_factor"].to_numpy() == pytest.approx([1 / 0.99] * 2)
    assert compared.corrections(nothing_refused(compared)) == ()
    assert compared.rebasings(np.arange(SESSIONS) == SESSIONS - 2) == ()


def test_a_ratio_that_most_symbols_share_waits() -> None:
    """Three of four symbols halved at once is a change of units; two of four may be two splits."""
    whole = bars()
    three = compare(divided(whole, "ABC", 2.0), before_last(whole), TOLERANCE)
    assert counts(three)[BEYOND] == 3 * (SESSIONS - 1)
    two = compare(divided(whole, "AB", 2.0), before_last(whole), TOLERANCE)
    assert counts(two) == {SAME: 4 * (SESSIONS - 1), NEW: 4}


def test_a_ratio_that_was_taken_back_waits() -> None:
    """A person's word that a ratio is no action holds for that ratio of that symbol alone."""
    whole = bars()
    batch = divided(divided(whole, "A", 2.0, 2.0), "B", 2.0, 2.0)
    compared = compare(batch, before_last(whole), TOLERANCE, declined={"A": [2.0], "B": [3.0]})
    assert counts(compared) == {SAME: 3 * (SESSIONS - 1), NEW: 4, BEYOND: SESSIONS - 1}
    assert [step.symbol for step in compared.rebasings(nothing_refused(compared))] == ["B"]


def test_a_split_that_the_source_gives_is_not_inferred() -> None:
    """A source that divides its history and gives the factor as well has one split, of its own."""
    whole = bars("A")
    batch = divided(whole, "A", 2.0, 2.0)
    batch.loc[SESSIONS - 1, "split_factor"] = 2.0
    compared = compare(batch, before_last(whole), TOLERANCE)
    assert compared.rebasings(nothing_refused(compared)) == ()
    assert compared.bars_to_store(nothing_refused(compared)).rows["split_factor"].tolist() == [2.0]


def test_bars_that_come_late_are_put_on_the_stored_basis() -> None:
    """A bar missed long ago arrives on the new basis, and is stored as its neighbours are."""
    whole = bars("A")
    stored = before_last(whole).drop(index=30).reset_index(drop=True)
    compared = compare(divided(whole, "A", 2.0, 2.0), stored, TOLERANCE)
    settled = compared.bars_to_store(nothing_refused(compared)).rows
    late = settled[settled["session"] == whole.loc[30, "session"]].iloc[0]
    assert late["close"] == pytest.approx(whole.loc[30, "close"])
    assert late["volume"] == pytest.approx(whole.loc[30, "volume"])
    assert late["split_factor"] == 1
