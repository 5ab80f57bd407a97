"""Calibration: it covers what it promises, costs next to nothing where nothing is wrong, sees no future."""

import json
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morrow import calibration, metrics
from morrow.calibration import Adaptive
from morrow.errors import ShapeError

LEVELS = np.array([0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975])
NORMAL = np.array([-1.9600, -1.6449, -1.2816, -0.6745, 0.0, 0.6745, 1.2816, 1.6449, 1.9600])
STEPS, SYMBOLS, CALIBRATE, LAST = 3, 6, 400, 1400
Stream = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


@cache
def outcomes(last: int = LAST, symbols: int = SYMBOLS, seed: int = 3) -> Stream:
    """Standardised sums of correlated normal returns: session, volatility, actual (R, H), and ones."""
    draw = np.random.default_rng(seed)
    shared, own = draw.standard_normal((last + STEPS, 1)), draw.standard_normal((last + STEPS, symbols))
    moves = np.sqrt(0.3) * shared + np.sqrt(0.7) * own
    path = np.cumsum(moves, axis=0)
    now = np.arange(last)
    ahead = [(path[now + step] - path[now]) / np.sqrt(step) for step in range(1, STEPS + 1)]
    actual = np.stack(ahead, axis=-1).reshape(-1, STEPS).astype(np.float32)
    session = np.repeat(now, symbols)
    volatility = 0.01 * np.exp(0.4 * np.sin(session / 150) + 0.2 * draw.standard_normal(len(session)))
    return session, volatility, actual, np.ones(len(session))


def forecasts(rows: int, quantiles: np.ndarray = NORMAL) -> np.ndarray:
    """The same quantiles for each row and step."""
    return np.broadcast_to(quantiles, (rows, STEPS, 9)).astype(np.float32)


def calibrated(quantiles: np.ndarray, stream: Stream) -> tuple[np.ndarray, np.ndarray, Adaptive]:
    """Started on the first sessions and walked over the rest: answers, outcomes and the last state."""
    session, volatility, actual, _ = stream
    early, late = session < CALIBRATE - STEPS, session >= CALIBRATE
    state = calibration.start(quantiles[early], actual[early], session[early], volatility[early], LEVELS)
    rest = (quantiles[late], actual[late], session[late], volatility[late], LEVELS)
    answers, after = calibration.walk(state, *rest)
    return answers, actual[late], after


def loss(quantiles: np.ndarray, actual: np.ndarray) -> float:
    """Mean pinball."""
    return float(metrics.pinball(quantiles.astype(np.float64), actual.astype(np.float64), LEVELS).mean())


# --- how good it is ---


@pytest.mark.parametrize(
    "wrong",
    [NORMAL * 1.3, NORMAL * 0.7, np.where(NORMAL < 0, NORMAL * 1.3, NORMAL * 0.8), NORMAL + 0.3],
    ids=["wide", "narrow", "lopsided", "aside"],
)
def test_miscalibrated_quantiles_come_to_cover_their_share(wrong: np.ndarray) -> None:
    """Quantiles of a wrong width, skew or place come to have their share of outcomes below each."""
    stream = outcomes()
    answers, actual, _ = calibrated(forecasts(len(stream[0]), wrong), stream)
    below = (actual[..., None] <= answers).mean(axis=0)
    assert below == pytest.approx(np.tile(LEVELS, (STEPS, 1)), abs=0.025)
    assert below.mean(axis=0) == pytest.approx(LEVELS, abs=0.012)
    assert loss(answers, actual) < 1.004 * loss(forecasts(len(actual)), actual)


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_what_is_right_loses_next_to_nothing(seed: int) -> None:
    """A stream whose quantiles are exactly right pays at most 0.2 % of pinball for being watched."""
    stream = outcomes(seed=seed)
    answers, actual, _ = calibrated(forecasts(len(stream[0])), stream)
    assert loss(answers, actual) < 1.002 * loss(forecasts(len(actual)), actual)


def test_a_regime_that_changes_is_followed() -> None:
    """When outcomes grow by 40 %, the 80 % interval covers within 2 points a thousand sessions later."""
    session, volatility, actual, rest = outcomes(2800)
    actual = np.where((session >= 800)[:, None], actual * np.float32(1.4), actual)
    answers, outcome, _ = calibrated(forecasts(len(session)), (session, volatility, actual, rest))
    late = session[session >= CALIBRATE] >= 1800
    inside = (answers[late, :, 2] <= outcome[late]) & (outcome[late] <= answers[late, :, 6])
    assert inside.mean() == pytest.approx(0.8, abs=0.02)


def test_volatility_groups_are_told_apart() -> None:
    """Quantiles too wide where volatility is high and too narrow where it is low are moved both ways."""
    session, _, actual, rest = outcomes()
    volatility = 0.01 * np.exp(0.4 * np.random.default_rng(9).standard_normal(len(session)))
    third = np.searchsorted(np.quantile(volatility, [1 / 3, 2 / 3]), volatility)
    width = np.array([0.8, 1.0, 1.25], dtype=np.float32)[third]
    quantiles = forecasts(len(session)) * width[:, None, None]
    answers, outcome, state = calibrated(quantiles, (session, volatility, actual, rest))
    assert (state.groups[0, :, 0] < 0).all()
    assert (state.groups[2, :, 0] > 0).all()
    inside = (answers[..., 2] <= outcome) & (outcome <= answers[..., 6])
    mine = third[session >= CALIBRATE]
    assert [inside[mine == one].mean() for one in range(3)] == pytest.approx([0.8] * 3, abs=0.03)


def test_few_rows_move_nothing() -> None:
    """Less than twenty sessions start without a shift, and none at all start too."""
    session, volatility, actual, _ = outcomes()
    for sessions in (0, 15):
        few = session < sessions
        quantiles = forecasts(int(few.sum()), NORMAL * 3)
        state = calibration.start(quantiles, actual[few], session[few], volatility[few], LEVELS)
        assert not state.common.any()
        assert not state.groups.any()


def test_a_hundred_sessions_of_chance_are_hardly_believed() -> None:
    """Where the quantiles are right, the start's shifts are a fraction of what chance measures."""
    session, volatility, actual, _ = outcomes()
    believed, measured = [], []
    for first in range(0, 1200, 150):
        some = (session >= first) & (session < first + 100)
        rows = (forecasts(int(some.sum())), actual[some])
        state = calibration.start(*rows, session[some], volatility[some], LEVELS)
        believed.append(state.common)
        measured.append([[np.quantile(rows[1][:, h], q) for q in LEVELS] - NORMAL for h in range(STEPS)])
    assert np.square(believed).mean() < 0.35 * np.square(measured).mean()


def test_one_update_by_hand() -> None:
    """An outcome above all quantiles moves each by gain, level, spacing, and a third of the slide."""
    state = calibration.start(
        np.empty((0, 1, 3), np.float32), np.empty((0, 1), np.float32), np.empty(0, np.int64), np.empty(0),
        np.array([0.1, 0.5, 0.9]),
    )  # fmt: skip
    state = replace(state, edges=np.array([1.0, 2.0]))
    rows = np.zeros((2, 1, 3), dtype=np.float32)
    actual = np.array([[7.0], [np.nan]], dtype=np.float32)
    answers, after = calibration.walk(state, rows, actual, np.array([4, 5]), np.ones(2), state.levels)
    # Moves of 0.1, 0.5 and 0.9 times 1/200, over the normal density: 0.17550 at 1.2816, 0.39894 at 0.
    moves = np.array([0.1 / 0.17550, 0.5 / 0.39894, 0.9 / 0.17550]) / 200
    widened = np.array([moves[0] - moves[2], 0, moves[2] - moves[0]]) / 2
    moved = widened + np.array([moves[0] + moves[2], 2 * moves[1], moves[0] + moves[2]]) / 6
    assert after.common[0] == pytest.approx(moved, rel=1e-4)
    assert (answers[0] == 0).all()
    assert after.groups[0, 0] == pytest.approx(moved / 2, rel=1e-4)
    assert answers[1, 0] == pytest.approx(np.sort(moved * 1.5), rel=1e-4)


# --- what it may know ---


@settings(max_examples=8)
@given(cut=st.integers(410, 590), seed=st.integers(0, 5))
def test_the_future_moves_no_answer(cut: int, seed: int) -> None:
    """Outcomes that were not known at a cutoff may be anything: the answers through it keep every bit."""
    session, volatility, actual, rest = outcomes(600, 3)
    quantiles = forecasts(len(session))
    unknown = session[:, None] + np.arange(1, STEPS + 1) > cut
    noise = np.random.default_rng(seed).normal(0, 9, actual.shape).astype(np.float32)
    other = np.where(unknown, noise, actual)
    before, _, _ = calibrated(quantiles, (session, volatility, actual, rest))
    after, _, _ = calibrated(quantiles, (session, volatility, other, rest))
    told = session[session >= CALIBRATE] <= cut
    assert before[told].tobytes() == after[told].tobytes()


@pytest.mark.parametrize("step", range(STEPS))
def test_an_outcome_counts_from_its_target_session_on(step: int) -> None:
    """What happened a step after a cutoff changes the answers at its own session, and none before."""
    session, volatility, actual, rest = outcomes(600, 3)
    other = actual.copy()
    other[session == 500, step] = 50
    before, _, _ = calibrated(forecasts(len(session)), (session, volatility, actual, rest))
    after, _, _ = calibrated(forecasts(len(session)), (session, volatility, other, rest))
    changed = before[:, step, 0] != after[:, step, 0]
    assert session[session >= CALIBRATE][changed].min() == 500 + step + 1


def test_a_session_that_the_state_has_passed_is_not_answered() -> None:
    """Rows before what the state has seen come back as NaN; at that session and later they are answered."""
    session, volatility, actual, rest = outcomes(600, 3)
    _, _, state = calibrated(forecasts(len(session)), (session, volatility, actual, rest))
    assert state.through == 599
    late = session >= 598
    rows = (forecasts(int(late.sum())), actual[late], session[late], volatility[late])
    answers, _ = calibration.walk(state, *rows, LEVELS)
    assert np.isnan(answers[session[late] == 598]).all()
    assert np.isfinite(answers[session[late] == 599]).all()


# --- the state ---


def test_the_document_keeps_every_bit() -> None:
    """A state written as JSON and read again is equal to the bit."""
    _, _, state = calibrated(forecasts(600 * 3), outcomes(600, 3))
    again = Adaptive.restore(json.loads(json.dumps(state.document(), allow_nan=False)))
    assert again.document() == state.document()
    for name in ("levels", "common", "groups", "edges", "spacing", "worth", "seen"):
        assert getattr(again, name).tobytes() == getattr(state, name).tobytes()


@pytest.mark.parametrize("cut", [400, 455, 598])
def test_two_halves_are_one_walk(cut: int) -> None:
    """Going on from a document, with the last rows given again, answers to the bit as one walk does."""
    session, volatility, actual, _ = outcomes(600, 3)
    quantiles = forecasts(len(session)) * np.float32(1.1)
    early = session < CALIBRATE - STEPS
    state = calibration.start(quantiles[early], actual[early], session[early], volatility[early], LEVELS)

    def walked(start: Adaptive, some: np.ndarray) -> tuple[np.ndarray, Adaptive]:
        return calibration.walk(start, quantiles[some], actual[some], session[some], volatility[some], LEVELS)

    whole, last = walked(state, session >= CALIBRATE)
    first, half = walked(state, (session >= CALIBRATE) & (session <= cut))
    again = session > max(cut - STEPS, CALIBRATE - 1)
    second, end = walked(Adaptive.restore(json.loads(json.dumps(half.document()))), again)
    told = np.concatenate([first, second[session[again] > cut]])
    assert told.tobytes() == whole.tobytes()
    assert end.document() == last.document()


def test_the_order_of_rows_is_no_matter() -> None:
    """Rows in another order have the same answers and leave the same state, to the bit."""
    session, volatility, actual, _ = outcomes(600, 3)
    quantiles = forecasts(len(session)) * np.linspace(0.9, 1.1, len(session), dtype=np.float32)[:, None, None]
    mixed = np.random.default_rng(8).permutation(len(session))
    kept = session[mixed]
    stream = (session[mixed], volatility[mixed], actual[mixed], actual)
    straight, _, one = calibrated(quantiles, (session, volatility, actual, actual))
    shuffled, _, two = calibrated(quantiles[mixed], stream)
    place = np.empty(len(session), dtype=np.int64)
    place[session >= CALIBRATE] = np.arange(int((session >= CALIBRATE).sum()))
    assert shuffled.tobytes() == straight[place[mixed[kept >= CALIBRATE]]].tobytes()
    for name in ("common", "groups", "edges", "seen"):
        assert getattr(two, name) == pytest.approx(getattr(one, name), rel=1e-6, abs=1e-12)


@given(scale=st.floats(0.01, 100), offset=st.floats(-50, 50), unknown=st.floats(0, 1), seed=st.integers(0, 9))
def test_answers_are_ordered_whatever_comes_in(
    scale: float, offset: float, unknown: float, seed: int
) -> None:
    """Whatever the forecasts and the outcomes, each answer is finite and its quantiles do not cross."""
    draw = np.random.default_rng(seed)
    session, volatility = np.repeat(np.arange(120), 2), draw.lognormal(size=240)
    quantiles = np.sort(draw.normal(offset, scale, (240, STEPS, 9)), axis=-1).astype(np.float32)
    actual = draw.standard_t(2, (240, STEPS)).astype(np.float32)
    actual[draw.random(actual.shape) < unknown] = np.nan
    early, late = session < 60, session >= 64
    state = calibration.start(quantiles[early], actual[early], session[early], volatility[early], LEVELS)
    answers, _ = calibration.walk(
        state, quantiles[late], actual[late], session[late], volatility[late], LEVELS
    )
    assert np.isfinite(answers).all()
    assert (np.diff(answers, axis=-1) >= 0).all()


def test_levels_without_a_mirror() -> None:
    """Levels that lie unevenly about one half are calibrated as well."""
    session, volatility, actual, _ = outcomes()
    levels, wrong = np.array([0.1, 0.5, 0.95]), np.array([-1.2816, 0, 1.6449]) * 1.3
    quantiles = np.broadcast_to(wrong, (len(session), STEPS, 3)).astype(np.float32)
    early, late = session < CALIBRATE - STEPS, session >= CALIBRATE
    state = calibration.start(quantiles[early], actual[early], session[early], volatility[early], levels)
    answers, _ = calibration.walk(
        state, quantiles[late], actual[late], session[late], volatility[late], levels
    )
    assert (actual[late][..., None] <= answers).mean(axis=(0, 1)) == pytest.approx(levels, abs=0.015)


def test_levels_other_than_the_states_are_refused() -> None:
    """A state of other levels is not applied."""
    _, _, state = calibrated(forecasts(600 * 3), outcomes(600, 3))
    session, volatility, actual, _ = outcomes(600, 3)
    with pytest.raises(ShapeError, match="was started with"):
        calibration.walk(state, forecasts(len(session)), actual, session, volatility, LEVELS / 2)


def test_the_gain_falls_to_a_floor() -> None:
    """The gain falls with the sessions seen, from the prior's to a floor that keeps adapting."""
    _, _, state = calibrated(forecasts(600 * 3), outcomes(600, 3))
    fresh = replace(state, seen=np.zeros(STEPS, np.int64), worth=np.ones(STEPS))
    assert fresh.gains == pytest.approx([1 / 200] * STEPS)
    assert replace(fresh, seen=np.full(STEPS, 50)).gains == pytest.approx([1 / 250] * STEPS)
    assert replace(fresh, seen=np.full(STEPS, 10**6)).gains == pytest.approx([0.002] * STEPS)


# --- split conformal ---

DRAW = np.random.default_rng(2)
FEW = np.array([0.1, 0.5, 0.9])


def test_shifts_by_hand() -> None:
    """A shift is the level's quantile of what the forecast missed by, step by step."""
    actual = np.arange(11, dtype=np.float32)[:, None] * np.array([1, 10], dtype=np.float32)
    shift = calibration.fit(np.zeros((11, 2, 3), dtype=np.float32), actual, FEW)
    assert shift == pytest.approx(np.array([[1, 5, 9], [10, 50, 90]]))


def test_shifted_quantiles_are_put_back_in_order() -> None:
    """Where shifts would make quantiles cross, they are sorted; the input is left as it was."""
    quantiles = np.array([[[0.0, 1.0, 2.0]]], dtype=np.float32)
    shifted = calibration.apply(quantiles, np.array([[5.0, 0.0, 0.0]]))
    assert shifted.tolist() == [[[1.0, 2.0, 5.0]]]
    assert shifted.dtype == np.float32
    assert quantiles.tolist() == [[[0.0, 1.0, 2.0]]]


def test_a_session_is_worth_no_more_than_its_rows() -> None:
    """Two symbols' overlapping outcomes over h sessions are two in h sessions, however a short part looks."""
    levels = np.array([0.1, 0.5, 0.9])
    steps, sessions = 5, 42
    draw = np.random.default_rng(3)
    for _ in range(5):
        moves = np.cumsum(draw.standard_normal((2, sessions + steps)), axis=1)
        actual = np.stack(
            [(moves[:, h : h + sessions] - moves[:, :sessions]).ravel() for h in range(1, steps + 1)], axis=1
        ).astype(np.float32)
        session = np.tile(np.arange(sessions), 2)
        quantiles = np.zeros((2 * sessions, steps, 3), dtype=np.float32)
        state = calibration.start(quantiles, actual, session, np.ones(2 * sessions), levels)
        assert (state.worth <= 2 / np.arange(1, steps + 1) + 1e-12).all()
