"""Rebased histories in words, and in a night."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.frames import PRICES, QUARANTINE, REVISIONS
from morrow.steps.intake.ingest import ingest
from morrow.steps.intake.rebasings import list_rebasings, name_step
from morrow.steps.intake.step_readings import accept_as, parse_reading
from morrow.store import InferredStep, Store
from morrow.store.actions import list_taken_back, read_ledger
from tests import market as markets
from tests.projects import night, project

SESSIONS = 120
DAY = pd.Timestamp("2026-01-05")


@pytest.mark.parametrize(
    ("split", "dividend", "words"),
    [
        (2.0, 1.0, "split 2:1"),
        (1.5, 1.0, "split 3:2"),
        (1 / 8, 1.0, "split 1:8"),
        (1.0, 1 / 0.992, "dividend of 0.80 %"),
        (1.0, 0.992, "dividend of 0.81 % taken back"),
        (3.0, 1 / 0.99, "split 3:1 and dividend of 1.00 %"),
    ],
)
def test_a_step_is_named_as_the_action_that_it_is(split: float, dividend: float, words: str) -> None:
    """Splits by their shares, dividends by their part of the price."""
    assert name_step(InferredStep("A", DAY, split, dividend, 9)) == words


def test_a_split_and_a_dividend_at_once_are_two_actions() -> None:
    """One action for each factor, and none for a factor that does not step."""
    both, one = InferredStep("A", DAY, 3.0, 1 / 0.99, 9), InferredStep("B", DAY, 1.0, 1.004, 1001)
    fields = [(action.symbol, action.field, action.ratio) for action in list_rebasings([both, one])]
    assert fields == [
        ("A", "split_factor", 3.0),
        ("A", "dividend_factor", 1 / 0.99),
        ("B", "dividend_factor", 1.004),
    ]
    assert list_rebasings([one])[0].reason == "dividend of 0.40 % in 1,001 bars, inferred"


def write(root: Path, sessions: int, **divisors: tuple[int, float, float]) -> None:
    """A night's file: by symbol, the bars before a session divided, their volumes multiplied."""
    bars = markets.market(["AAA", "BBB", "CCC"], SESSIONS, 4)
    for symbol, (at, prices, volumes) in divisors.items():
        bars.times(bars.rows(symbol, at), 1 / prices, volumes)
        if sessions > at:
            bars.times(bars.rows(symbol, 0, at), 1 / prices, volumes)
    rows = bars.bars[bars.bars["session"] < bars.sessions[sessions]] if sessions < SESSIONS else bars.bars
    columns = ["symbol", "session", *markets.FIELDS]
    rows[columns].to_csv(root / "prices.csv", index=False)


@pytest.mark.parametrize(
    ("prices", "volumes", "words"),
    [(2.0, 2.0, "split 2:1"), (1 / 0.992, 1.0, "dividend of 0.80 %"), (1 / 8, 1 / 8, "split 1:8")],
)
def test_a_history_that_is_adjusted_anew_is_one_action(
    tmp_path: Path, prices: float, volumes: float, words: str
) -> None:
    """Nothing is refused, one row of the ledger says what happened, and the symbol goes on."""
    root = project(tmp_path / "toy")
    at = SESSIONS - 3
    write(root, at, BBB=(at, prices, volumes))
    assert ingest(night(root), {}).accepted == 3 * at
    for sessions in range(at + 1, SESSIONS + 1):
        write(root, sessions, BBB=(at, prices, volumes))
        result = ingest(night(root), {})
        assert (result.accepted, result.revised, result.quarantined) == (3, 0, 0)
        assert len(result.inferred) == (sessions == at + 1)
        assert all(words in action.reason for action in result.inferred)
    store = Store(root / "data")
    assert store.read(QUARANTINE, "toy").empty
    (revision,) = store.read(REVISIONS, "toy").to_dict("records")
    assert revision["is"] / revision["was"] == pytest.approx(prices)
    assert revision["reason"] == f"action: {words} in {at} bars, inferred"
    stored = store.read(PRICES, "toy").query("symbol == 'BBB'")
    total = (stored["split_factor"] * stored["dividend_factor"]).to_numpy()
    assert total == pytest.approx(np.where(np.arange(SESSIONS) < at, 1.0, prices), rel=1e-6)


def test_an_action_that_is_taken_back_on_its_own_day_keeps_its_ratio(tmp_path: Path) -> None:
    """The ledger has one row for the day, and still says which ratio is no action of that symbol."""
    root, at = project(tmp_path / "toy"), SESSIONS - 4
    write(root, at)
    ingest(night(root), {})
    write(root, at + 1, BBB=(at, 2.0, 2.0))
    (action,) = ingest(night(root), {}).inferred
    accept_as(night(root), "BBB", action.session.date(), parse_reading(["move"]), "me", None)
    ledger = read_ledger(night(root).store, "toy", None)
    assert ledger["reason"].tolist() == ["move, accepted by me, which takes back a factor of 2.0"]
    assert list_taken_back(ledger) == {"BBB": [2.0]}
    write(root, at + 2, BBB=(at, 2.0, 2.0))
    assert ingest(night(root), {}).inferred == ()


def test_an_action_that_is_taken_back_is_not_inferred_again(tmp_path: Path) -> None:
    """After a person's word that it was a move, the factor is gone and the divided history waits."""
    root, at = project(tmp_path / "toy"), SESSIONS - 2
    write(root, at, BBB=(at, 2.0, 2.0))
    ingest(night(root), {})
    write(root, at + 1, BBB=(at, 2.0, 2.0))
    (action,) = ingest(night(root), {}).inferred
    accept_as(night(root), "BBB", action.session.date(), parse_reading(["move"]), "me", None)
    stored = Store(root / "data").read(PRICES, "toy").query("symbol == 'BBB'")
    assert stored["split_factor"].tolist() == [1.0] * (at + 1)
    write(root, SESSIONS, BBB=(at, 2.0, 2.0))
    result = ingest(night(root), {})
    assert result.inferred == ()
    assert result.quarantined >= at
