"""Rebased histories in words, and in a night."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from morrow.frames import PRICES, QUARANTINE, REVISIONS
from morrow.steps.intake.ingest import ingest
from morrow.steps.intake.rebasings import describe_rebasings, name_step
from morrow.store import InferredStep, Store
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


def test_many_rebasings_are_a_handful_of_lines() -> None:
    """Thirty symbols that go ex-dividend on one day are ten lines and a number."""
    lines = describe_rebasings([InferredStep(f"S{n}", DAY, 1.0, 1.004, 1001) for n in range(30)])
    assert len(lines) == 11
    assert lines[0] == (
        "S0: dividend of 0.40 % inferred, from 2026-01-05 on: the source has divided 1,001 earlier bars by "
        "1.004; the stored ones stay"
    )
    assert lines[-1] == "and 20 more symbols' actions inferred"


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
    """Nothing is refused and nothing revised: one line says what happened, and the symbol goes on."""
    root = project(tmp_path / "toy")
    at = SESSIONS - 3
    write(root, at, BBB=(at, prices, volumes))
    assert ingest(night(root), {}).accepted == 3 * at
    for sessions in range(at + 1, SESSIONS + 1):
        write(root, sessions, BBB=(at, prices, volumes))
        result = ingest(night(root), {})
        assert (result.accepted, result.revised, result.quarantined) == (3, 0, 0)
        lines = [note for note in result.notes if "inferred" in note]
        assert len(lines) == (sessions == at + 1)
        assert all(f"BBB: {words} inferred" in line for line in lines)
    store = Store(root / "data")
    assert store.read(QUARANTINE, "toy").empty
    assert store.read(REVISIONS, "toy").empty
    stored = store.read(PRICES, "toy").query("symbol == 'BBB'")
    total = (stored["split_factor"] * stored["dividend_factor"]).to_numpy()
    assert total == pytest.approx(np.where(np.arange(SESSIONS) < at, 1.0, prices), rel=1e-6)
