"""Walk-forward folds: their indices, what they leave out, and scikit-learn's conventions."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.dummy import DummyRegressor
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, check_cv, cross_val_score

from morrow.panel.walk_forward import WalkForward


def pairs(folds: WalkForward, rows: int, groups: object = None) -> list[tuple[list[int], list[int]]]:
    """The folds as lists."""
    return [(a.tolist(), b.tolist()) for a, b in folds.split(np.zeros((rows, 1)), groups=groups)]


@pytest.mark.parametrize("options", [{}, {"max_train_size": 5}, {"test_size": 2}])
@pytest.mark.parametrize("gap", [0, 2])
def test_the_folds_are_those_of_scikit_learn(options: dict[str, int], gap: int) -> None:
    """With a horizon as the gap, they are TimeSeriesSplit's where both divide the sessions alike."""
    theirs = TimeSeriesSplit(3, gap=gap, **options).split(np.zeros((20, 1)))
    assert pairs(WalkForward(3, horizon=gap, **options), 20) == [(a.tolist(), b.tolist()) for a, b in theirs]


@given(
    st.integers(1, 6),
    st.integers(20, 60),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 9) | st.none(),
)
def test_no_label_reaches_into_a_test(
    count: int, sessions: int, horizon: int, embargo: int, longest: int | None
) -> None:
    """Every label of a training ends before its test and embargo; tests are adjacent and reach the end."""
    folds = WalkForward(
        count, test_size=2, horizon=horizon, embargo=embargo, max_train_size=longest
    ).split_sessions(sessions)
    assert len(folds) == count
    assert folds[-1][1][1] == sessions
    for (low, high), (start, end) in folds:
        assert high - 1 + horizon + embargo == start - 1
        assert end - start == 2
        assert high - low == (high if longest is None else min(high, longest))
    assert all(one[1][1] == other[1][0] for one, other in pairwise(folds))


def test_rows_of_a_session_stay_together() -> None:
    """Whatever their order, and whatever names the sessions."""
    days = np.array(["2020-01-03", "2020-01-01", "2020-01-02", "2020-01-03", "2020-01-01"], "datetime64[D]")
    assert pairs(WalkForward(1, test_size=1, horizon=1), 5, days) == [([1, 4], [0, 3])]


def test_a_start_divides_the_rest_evenly() -> None:
    """As numpy.array_split does: the first folds get what is left over."""
    tests = [test for _, test in WalkForward(3, start=2, horizon=0).split_sessions(10)]
    assert tests == [(2, 5), (5, 8), (8, 10)]


def test_it_is_a_splitter_of_scikit_learn() -> None:
    """It can be copied and printed, and takes part in a cross-validation and a search with groups."""
    folds = WalkForward(3, test_size=4, horizon=2)
    assert repr(clone(folds, safe=False)) == repr(folds)
    assert repr(folds).startswith("WalkForward(embargo=0, horizon=2")
    assert check_cv(folds) is folds
    assert folds.get_n_splits() == 3
    rng = np.random.default_rng(0)
    rows, values, sessions = rng.normal(size=(60, 2)), rng.normal(size=60), np.repeat(np.arange(30), 2)
    assert len(cross_val_score(DummyRegressor(), rows, values, groups=sessions, cv=folds)) == 3
    search = GridSearchCV(DummyRegressor(), {"strategy": ["mean", "median"]}, cv=folds)
    assert search.fit(rows, values, groups=sessions).n_splits_ == 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"n_splits": 0}, "n_splits must be an integer of at least 1, not 0"),
        ({"horizon": -1}, "horizon must be an integer of at least 0"),
        ({"test_size": 2, "start": 3}, "give test_size or start, not both"),
        ({"n_splits": 3, "test_size": 3}, "10 sessions are too few for 3 folds: the first would test from"),
        ({"n_splits": 3, "start": 8}, "10 sessions are too few for 3 folds that begin at session 8"),
    ],
)
def test_what_cannot_be_split_is_refused(options: dict[str, int], words: str) -> None:
    """With the option, or with the numbers that are too small."""
    with pytest.raises(ValueError, match=words):
        list(WalkForward(**options).split(np.zeros(10)))  # type: ignore[arg-type]
