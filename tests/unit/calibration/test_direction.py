"""Probabilities of direction are shrunk unless the data support them; without support they are one half."""

import json

import numpy as np
import pytest

from morrow import calibration

SESSIONS, SYMBOLS, STEPS = 400, 5, 3


def sample(edge: float, seed: int, sessions: int = SESSIONS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities of a fall that lie 0.15 from one half, of which a part is true."""
    draw = np.random.default_rng(seed)
    session = np.repeat(np.arange(sessions), SYMBOLS)
    said = 0.15 * draw.choice([-1, 1], (len(session), STEPS))
    fell = draw.random(said.shape) < 0.5 + edge * said
    return 0.5 + said, np.where(fell, -0.01, 0.01), session


def test_without_an_edge_hardly_anything_is_believed() -> None:
    """Where probabilities say nothing true, at most a tenth of their word is believed, mostly none."""
    found = [calibration.fit_share(*sample(0.0, seed)) for seed in range(20)]
    assert np.median(found) == 0
    assert max(found) <= 0.35
    assert np.mean(found) <= 0.1


@pytest.mark.parametrize("edge", [0.5, 1.0])
def test_a_real_edge_is_believed(edge: float) -> None:
    """Where half or all of what they say is true, about half or all of it is believed."""
    found = [calibration.fit_share(*sample(edge, seed)) for seed in range(8)]
    assert np.mean(found) == pytest.approx(edge, abs=0.12)


def test_a_wrong_edge_is_not_believed() -> None:
    """Probabilities that point the wrong way are not believed, nor turned round."""
    assert [calibration.fit_share(*sample(-1.0, seed)) for seed in range(5)] == [0.0] * 5


def test_few_sessions_prove_nothing() -> None:
    """Less than twenty sessions with outcomes, or none, leave one half."""
    down, returns, session = sample(1.0, 1, 19)
    assert calibration.fit_share(down, returns, session) == 0
    down, returns, session = sample(1.0, 1)
    assert calibration.fit_share(down, np.full(returns.shape, np.nan), session) == 0


def test_spells_of_one_direction_are_not_many_proofs() -> None:
    """An advantage that rests on a few spells, in which all symbols move as one, is not believed."""
    draw = np.random.default_rng(4)
    found = []
    for _ in range(20):
        spells = np.repeat(draw.choice([-1, 1], 10), 6)  # outcomes: ten spells of six sessions
        said = np.repeat(draw.choice([-1, 1], 10), 6)
        session = np.repeat(np.arange(60), SYMBOLS)
        down = np.repeat(0.5 + 0.15 * said, SYMBOLS)[:, None]
        returns = np.repeat(-0.01 * spells, SYMBOLS)[:, None]
        found.append(calibration.fit_share(down, returns, session) > 0)
    assert np.mean(found) < 0.4


def test_the_share_by_hand() -> None:
    """Of 0.8 and 0.2 that come true in seven of ten sessions, two thirds are believed: 0.7 and 0.3."""
    session = np.arange(400)
    down = np.where(session % 2, 0.8, 0.2)[:, None]
    right = (session // 2) % 10 < 7
    fell = (session % 2 == 1) == right
    returns = np.where(fell, -1.0, 1.0)[:, None]
    assert calibration.fit_share(down, returns, session) == pytest.approx(2 / 3, abs=0.01)
    assert calibration.shrink_probabilities(np.array([0.8, 0.2]), 2 / 3) == pytest.approx([0.7, 0.3])


def test_what_is_believed() -> None:
    """A share of 0 says one half, a share of 1 and none at all change nothing; and it survives a document."""
    down = np.array([0.1, 0.5, 0.9])
    assert calibration.shrink_probabilities(down, 0.0).tolist() == [0.5] * 3
    assert calibration.shrink_probabilities(down, 1.0) == pytest.approx(down)
    assert calibration.shrink_probabilities(down, None).tolist() == down.tolist()
    part = calibration.fit_share(*sample(0.5, 3))
    assert json.loads(json.dumps(part)) == part


def test_the_order_of_rows_is_no_matter_to_the_share() -> None:
    """Rows in another order have the same share."""
    down, returns, session = sample(0.5, 2)
    mixed = np.random.default_rng(1).permutation(len(session))
    assert calibration.fit_share(down[mixed], returns[mixed], session[mixed]) == pytest.approx(
        calibration.fit_share(down, returns, session)
    )
