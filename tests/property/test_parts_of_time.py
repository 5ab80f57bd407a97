"""The parts of time stay at least a horizon apart, for any history, horizon and settings."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from morrow import panel as panels
from morrow.config import Forecast, Time
from morrow.errors import HistoryError
from morrow.panel import SHORTEST

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

lengths = st.integers(0, 400) | st.integers(0, 12_000)
horizons = st.integers(1, 20)
windows = st.integers(8, 256)
times = st.builds(
    lambda share, minimum, more: Time(share=share, minimum=minimum, maximum=minimum + more),
    st.floats(0.01, 0.2),
    st.integers(5, 200),
    st.integers(0, 800),
)


@given(sessions=lengths, horizon=horizons, window=windows, time=times)
@example(sessions=83, horizon=20, window=8, time=Time(share=0.01, minimum=5, maximum=5))
@settings(max_examples=200)
def test_parts_never_overlap_within_the_horizon(sessions: int, horizon: int, window: int, time: Time) -> None:
    """Five parts in order up to the last session, with exactly the horizon between each two."""
    try:
        found = panels.split_sessions(sessions, Forecast(horizon=horizon, window=window), time)
    except HistoryError:
        return
    cuts = [found.fit, found.stop, found.calibrate, found.select, found.test]
    assert found.fit[0] == 0
    assert found.test[1] == sessions
    for earlier, later in pairwise(cuts):
        assert earlier[0] < earlier[1]
        assert later[0] - earlier[1] == horizon  # the last target of the earlier lies before the later
    length = panels.part_length(sessions, time)
    assert {end - start for start, end in cuts[1:]} == {length}


@given(sessions=lengths, horizon=horizons, window=windows, time=times)
@settings(max_examples=200)
def test_what_can_be_cut_can_be_used(sessions: int, horizon: int, window: int, time: Time) -> None:
    """A history that is cut has something to fit on, and may have somebody eligible to calibrate with."""
    try:
        found = panels.split_sessions(sessions, Forecast(horizon=horizon, window=window), time)
    except HistoryError:
        return
    assert found.fit[1] > SHORTEST + window  # bars to warm up on, to read first, and one to learn from
    last = found.calibrate[1] - 1
    assert last + 1 >= window + 4 * panels.part_length(last + 1, time)


@given(horizon=horizons, window=windows, time=times, sessions=st.integers(0, 400))
@settings(max_examples=200)
def test_too_short_a_history_is_refused(horizon: int, window: int, time: Time, sessions: int) -> None:
    """A history without room for a window and four parts with their purges is refused."""
    length = panels.part_length(sessions, time)
    if sessions < window + 4 * (length + horizon):
        with pytest.raises(HistoryError, match=f"{sessions} sessions of history"):
            panels.split_sessions(sessions, Forecast(horizon=horizon, window=window), time)


@given(sessions=st.integers(1, 20_000))
def test_default_sizes(sessions: int) -> None:
    """By default a part is a tenth of the sessions, at least 50 and at most 750."""
    assert panels.part_length(sessions, Time()) == min(max(sessions // 10, 50), 750)
