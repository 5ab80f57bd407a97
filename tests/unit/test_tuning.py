"""Inner folds and ranges: what they leave alone, and what is refused."""

import pytest

from morrow import tuning
from morrow.config import Tune
from morrow.errors import HistoryError
from morrow.panel import Parts
from tests.conftest import PARTS


def test_inner_folds_by_hand() -> None:
    """Two folds of parts of 100 end where the stop sessions do, a horizon of 5 apart from each other."""
    parts = Parts((0, 580), (585, 685), (690, 790), (795, 895), (900, 1000))
    older, newer = tuning.inner_folds(parts, 5, 2)
    assert newer == tuning.Fold((0, 475), (480, 580), (585, 685))
    assert older == tuning.Fold((0, 375), (380, 480), (485, 585))


def test_inner_folds_see_nothing_from_the_calibrate_sessions_on() -> None:
    """No session of a fold, nor a target of one, lies in the calibrate sessions or after."""
    for fold in tuning.inner_folds(PARTS, 3, 3):
        assert fold.score[1] - 1 + 3 < PARTS.calibrate[0]
        assert fold.fit[1] + 3 <= fold.stop[0]
        assert fold.stop[1] + 3 <= fold.score[0]


def test_too_many_folds_are_refused() -> None:
    """Folds that leave less than a part to fit on are refused with the numbers."""
    with pytest.raises(
        HistoryError, match=r"^9 inner folds of 42 sessions leave 0 to fit on, .*lower \[tune\]"
    ):
        tuning.inner_folds(PARTS, 3, 9)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layers": (2, 1)}, "layers is from 2 to 1; write the least value first"),
        ({"rate": (0.0, 0.1)}, "its least value must be above 0"),
        ({"width": (4, 5000)}, "width 5000: Input should be less than or equal to 1024"),
    ],
)
def test_ranges_that_cannot_be_searched_are_refused(
    options: dict[str, tuple[float, float]], said: str
) -> None:
    """A range the wrong way round, one without a logarithm, and one beyond the option's own are errors."""
    with pytest.raises(ValueError, match=said):
        Tune(**options)
