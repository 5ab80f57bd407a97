"""One ratio between a batch and the stored bars: which action it is, and when it is none."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from morrow.store.rebasing import History, find_rebasing

BARS = 60
NONE = np.full(BARS, np.nan)


def walk(bars: int = BARS, start: float = 40.0, seed: int = 1) -> NDArray[np.float64]:
    """Closes of an ordinary symbol, to all digits."""
    return start * np.exp(np.cumsum(0.015 * np.random.default_rng(seed).standard_normal(bars)))


def history(prices: float = 1.0, volumes: float | None = 1.0, **changes: object) -> History:
    """Stored bars, and the same in the batch, divided and multiplied by these ratios."""
    close, traded = walk(), np.round(1e6 * walk(seed=2))
    both = (NONE, NONE) if volumes is None else (np.round(traded * volumes), traded)
    plain = History(close / prices, close, *both, np.ones((2, BARS)), np.ones(2), close[-1] / prices)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("prices", "volumes", "split", "dividend"),
    [
        (1 / 0.992, 1.0, 1.0, 1 / 0.992),
        (1 / 0.9995, None, 1.0, 1 / 0.9995),
        (0.992, 1.0, 1.0, 0.992),
        (2.0, 2.0, 2.0, 1.0),
        (2.0, None, 2.0, 1.0),
        (2.0, 1.0, 2.0, 1.0),
        (1.5, 1.5, 1.5, 1.0),
        (1 / 8, 1 / 8, 1 / 8, 1.0),
        (10.0, 10.0, 10.0, 1.0),
        (10.0, None, 10.0, 1.0),
        (100.0, 100.0, 100.0, 1.0),
        (1.05, 1.05, 1.05, 1.0),
        (1.05, 1.0, 1.0, 1.05),
        (2 / 0.99, 2.0, 2.0, 1 / 0.99),
        (1 / 0.74, 1.0, 1.0, 1 / 0.74),
    ],
)
def test_one_ratio_over_all_bars_is_an_action(
    prices: float, volumes: float | None, split: float, dividend: float
) -> None:
    """Volumes that moved, or a ratio that only splits have, make a split, and any other is paid out."""
    rebasing = find_rebasing(history(prices, volumes))
    assert rebasing is not None
    assert (rebasing.split, rebasing.dividend) == pytest.approx((split, dividend), rel=1e-7)
    assert (rebasing.start, rebasing.bars) == (BARS, BARS)
    assert rebasing.moves_volume == (volumes not in (None, 1.0))


@pytest.mark.parametrize(
    ("prices", "volumes"),
    [
        (100.0, None),
        (0.01, None),
        (1000.0, 1.0),
        (0.01, 1.0),
        (10.0, 1.0),
        (0.1, 1.0),
        (2.6, None),
        (0.7, 1.0),
    ],
)
def test_a_change_of_units_is_no_action(prices: float, volumes: float | None) -> None:
    """A power of ten that the volumes do not show, and a ratio that no action has, are left to a person."""
    assert find_rebasing(history(prices, volumes)) is None


def test_equal_bars_and_a_few_changed_ones_are_not_rebased() -> None:
    """Without a ratio there is nothing to put right, whatever single bars do."""
    assert find_rebasing(history()) is None
    close = walk()
    close[[3, 9, 20, 30, 31, 32, 50]] *= 1.01
    assert find_rebasing(history(close=close)) is None


def test_a_part_of_the_history_on_another_level_waits() -> None:
    """A ratio that holds for half of the bars, or of which a tenth is off, is not one ratio."""
    half, tenth = walk(), walk() / 2
    half[: BARS // 2] /= 2
    tenth[::8] *= 1.01
    assert find_rebasing(history(close=half)) is None
    assert find_rebasing(history(close=tenth, volumes=None)) is None


def test_single_corrections_beside_a_ratio_do_not_hide_it() -> None:
    """Two bars off the ratio are corrections, and the ratio is that of the others."""
    close = walk() * 0.992
    close[[10, 40]] *= 1.03
    rebasing = find_rebasing(history(close=close))
    assert rebasing is not None
    assert (rebasing.dividend, rebasing.bars) == (pytest.approx(1 / 0.992), BARS - 2)


@pytest.mark.parametrize("late", [1, 3, 10])
def test_an_action_that_comes_late_begins_at_its_own_bar(late: int) -> None:
    """Where the newest stored bars stand, the ratio ends before them."""
    close = walk()
    close[:-late] /= 2
    rebasing = find_rebasing(history(close=close, volume=NONE, stored_volume=NONE))
    assert rebasing is not None
    assert (rebasing.split, rebasing.start) == (2.0, BARS - late)


def test_a_step_far_back_is_a_changed_history() -> None:
    """The source corrects its last days late, and not what was true for weeks."""
    close = walk()
    close[:-11] /= 2
    assert find_rebasing(history(close=close)) is None


def test_earlier_actions_are_counted_once() -> None:
    """A source that has adjusted for two actions before is compared as it would be with both undone."""
    factors = np.ones((2, BARS))
    factors[0, 20:], factors[1, 35:] = 2.0, 1.01
    close = walk() * factors.prod(axis=0) / (2.0 * 1.01)
    traded = np.round(1e8 * walk(seed=2)) * 2
    volumes = {"volume": traded * 2 / factors[0], "stored_volume": traded}
    basis = {"factors": factors, "last_factors": factors[:, -1]}
    rebasing = find_rebasing(history(close=close, **volumes, **basis))
    assert rebasing is not None
    assert (rebasing.level, rebasing.undone, rebasing.moves_volume) == (0, (True, True), True)
    more = find_rebasing(history(close=close / 3, following=close[-1] / 3, **volumes, **basis))
    assert more is not None
    assert (more.split, more.dividend) == (3.0, 1.0)


def test_a_ratio_is_read_through_rounded_prices() -> None:
    """Prices of two dollars in whole cents hide a dividend of 0.3 % in each bar, and not in 600 together."""
    exact = walk(600, 2.0)
    stored, given = np.round(exact, 2), np.round(exact * 0.997, 2)
    none = np.full(600, np.nan)
    rounded = History(given, stored, none, none, np.ones((2, 600)), np.ones(2), np.nan)
    rebasing = find_rebasing(rounded)
    assert rebasing is not None
    assert rebasing.dividend == pytest.approx(1 / 0.997, abs=3e-4)
    assert rebasing.noise.min() > 0.002


def test_prices_that_wobble_in_their_last_digits_are_equal() -> None:
    """Prices that went through float32 are the stored ones; seven moved by a tick are seven corrections."""
    wobbled = find_rebasing(history(close=walk().astype(np.float32).astype(np.float64)))
    assert wobbled is not None
    assert (wobbled.is_noise, wobbled.split, wobbled.dividend) == (True, 1.0, 1.0)
    cents = np.round(walk(), 2)
    ticks = cents.copy()
    ticks[::9] += 0.01
    assert find_rebasing(history(close=ticks, stored_close=cents)) is None


def test_a_bar_on_the_old_level_contradicts_a_split() -> None:
    """A history that is halved while the next bar is not was changed, and no share was split."""
    assert find_rebasing(history(2.0, None, following=walk()[-1])) is None
    assert find_rebasing(history(2.0, None, following=float("nan"))) is not None
