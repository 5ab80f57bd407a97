"""Whether a training was worth anything, and what is kept where it was not."""

from typing import Any

import numpy as np
import pytest

from morrow import forecast, training
from morrow.baselines.base import empirical_quantiles
from morrow.config import NetworkRecipe
from morrow.panel import Panel
from morrow.training.stop_losses import Losses, is_gain_proven
from morrow.training.training_request import Course
from tests.conftest import FORECAST, PARTS, TINY, bars, panel_of, train


def each(*totals: float) -> Losses:
    """Losses of rows with one known step."""
    return Losses(np.array(totals), np.ones(len(totals), dtype=np.int64))


def test_proof_by_hand() -> None:
    """Gains 0, 1, 0, 1 have mean 0.5 and standard error √(1/3) / 2 = 0.289, of which 0.5 is 1.73."""
    start, trained, session = each(2.0, 2.0, 2.0, 2.0), each(2.0, 1.0, 2.0, 1.0), np.arange(4)
    assert is_gain_proven(start, trained, session, 1, 1.73)
    assert not is_gain_proven(start, trained, session, 1, 1.74)
    assert not is_gain_proven(trained, start, session, 1, 1.0)


def test_rows_that_share_outcomes_are_one_witness() -> None:
    """Symbols of one session, and sessions within a horizon, add no proof by being many."""
    gains = np.random.default_rng(1).normal(0.3, 1.0, 60)
    start, trained = each(*np.zeros(60)), each(*-gains)
    limit = float(gains.mean() / (gains.std(ddof=1) / np.sqrt(60)))
    for copies, horizon in ((1, 1), (50, 1), (1, 5)):
        one, other = (
            Losses(np.repeat(part.total, copies), np.repeat(part.known, copies)) for part in (start, trained)
        )
        session = np.repeat(np.arange(60) * horizon, copies)
        assert is_gain_proven(one, other, session, horizon, 0.999 * limit)
        assert not is_gain_proven(one, other, session, horizon, 1.001 * limit)


def test_without_a_spread_any_gain_counts_and_without_a_demand_anything() -> None:
    """One block of sessions has no standard error; a proof of 0 keeps the training, good or bad."""
    session = np.zeros(2, dtype=np.int64)
    assert is_gain_proven(each(1.0, 1.0), each(0.5, 0.6), session, 5, 1.0)
    assert not is_gain_proven(each(1.0, 1.0), each(1.0, 1.0), session, 5, 1.0)
    assert is_gain_proven(each(1.0, 1.0), each(9.0, 9.0), session, 5, 0.0)


def noise() -> Panel:
    """Four walks with nothing to learn."""
    steps = 0.01 * np.random.default_rng(5).standard_normal((4, 420))
    return panel_of(
        bars({f"S{index}": row for index, row in enumerate(100 * np.exp(np.cumsum(steps, axis=1)))})
    )


@pytest.mark.parametrize(
    "options",
    [
        {"kind": "rnn"},
        {"kind": "gru", "symbols": "embedding"},
        {"kind": "lstm", "supervision": "last", "stride": 64},
    ],
    ids=lambda options: options["kind"],
)
def test_where_nothing_is_proven_the_start_is_kept(options: dict[str, Any]) -> None:
    """A network that learned nothing answers the quantiles of the fit rows, and its refit is the same."""
    panel = noise()
    recipe = NetworkRecipe(**{**TINY, "rate": 0.1, "proof": 1.0, **options})
    fitted = train(panel, "x", recipe=recipe).fitted
    (course,) = training.courses(fitted.document)
    assert course.steps == 0
    rows = np.flatnonzero(panel.session >= PARTS.calibrate[0])
    found, _ = forecast.predict_scaled(fitted, panel, rows)
    rows_fitted = training.fit_rows(panel, PARTS.fit)
    expected = empirical_quantiles(panel.scale_targets(rows_fitted), np.asarray(FORECAST.levels))
    assert found == pytest.approx(np.broadcast_to(expected, found.shape), abs=1e-5)
    again = train(panel, "x", recipe=recipe, stop=None, courses=(course,)).fitted
    assert all(again.arrays[name].tobytes() == fitted.arrays[name].tobytes() for name in fitted.arrays)


def test_a_training_that_fell_short_is_told() -> None:
    """Networks that a budget ended, that began again, or that kept their start are counted in words."""
    done, cut = Course("", 16), Course("", 8, ended="budget")
    assert training.remark([]) == training.remark([done, done]) == ""
    assert training.remark([done, cut]) == "1 of 2 stopped by the time budget"
    assert training.remark([Course("", 0, restarts=1), done]) == (
        "1 of 2 begun again at half the rate, 1 of 2 left at the untrained start"
    )


def test_every_epoch_has_the_start_and_the_machine_beside_it() -> None:
    """The start's loss is one number throughout, and each epoch says how busy process and machine were."""
    history = train(noise(), "x", recipe=NetworkRecipe(kind="rnn", **TINY)).history
    assert len({epoch["start_loss"] for epoch in history}) == 1
    for epoch in history:
        assert (
            0 < epoch["system/process_memory_megabytes"] < epoch["system/system_memory_usage_megabytes"] * 2
        )
        assert 0 < epoch["system/system_memory_usage_percentage"] <= 100
        assert epoch["system/process_cpu_percentage"] >= 0
        assert 0 <= epoch["system/cpu_utilization_percentage"] <= 100
