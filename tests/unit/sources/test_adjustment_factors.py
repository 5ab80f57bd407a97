"""Factors worked out by hand from closes and adjusted closes."""

import numpy as np
import pytest

from morrow.sources.adjustment_factors import derive_factors

DAY = np.datetime64("2020-01-06", "us")


def factors(closes: list[float], adjusted: list[float]) -> tuple[list[float], list[float]]:
    """Both factors of one symbol on consecutive days."""
    days = DAY + np.arange(len(closes)).astype("timedelta64[D]")
    codes = np.zeros(len(closes), dtype=np.int64)
    splits, dividends = derive_factors(codes, days, np.array(closes), np.array(adjusted))
    return splits.tolist(), dividends.tolist()


def test_a_split_multiplies_the_split_factor() -> None:
    """A 2:1 split halves the raw price and doubles the split factor, from its day on."""
    assert factors([100, 102, 51, 52], [50, 51, 51, 52]) == ([1, 1, 2, 2], [1, 1, 1, 1])


def test_a_reverse_split_divides_it() -> None:
    """A 1:10 reverse split leaves a tenth of the split factor."""
    splits, dividends = factors([1.0, 1.0, 10.5], [10.0, 10.0, 10.5])
    assert splits == pytest.approx([1, 1, 0.1])
    assert dividends == [1, 1, 1]


def test_a_dividend_multiplies_the_dividend_factor_by_its_share_of_the_previous_close() -> None:
    """A dividend of 2 on a close of 100 multiplies by 1 / (1 − 0.02)."""
    splits, dividends = factors([100, 98, 99], [98, 98, 99])
    assert splits == [1, 1, 1]
    assert dividends == pytest.approx([1, 1 / 0.98, 1 / 0.98], rel=1e-12)


def test_actions_accumulate() -> None:
    """Two splits of 2 and 3:2 make 3, and dividends between them multiply on their own."""
    adjusted = [10.0, 10.0, 10.0, 10.0]
    splits, dividends = factors([10 * 2 * 1.5 * 1.25 / 1.25, 15.0, 15.0, 10.0], adjusted)
    assert splits == [1, 2, 2, 3]
    assert dividends == [1, 1, 1, 1]


def test_a_large_special_dividend_is_no_split() -> None:
    """A ratio of 1.11245 met by the price, as Microsoft's in 2004, is a dividend."""
    splits, dividends = factors([29.97, 27.39], [29.97 / 1.11245, 27.39])
    assert splits == [1, 1]
    assert dividends == pytest.approx([1, 1.11245], rel=1e-9)


def test_a_split_ratio_that_the_price_did_not_meet_is_no_split() -> None:
    """A factor of two while the raw price stood still does not touch the split factor."""
    splits, dividends = factors([100, 100], [50, 100])
    assert splits == [1, 1]
    assert dividends == pytest.approx([1, 2])


def test_a_split_with_a_dividend_on_its_day_gives_both() -> None:
    """A 4:1 split on the day of a 1 % dividend is told apart into 4 and 1/0.99."""
    splits, dividends = factors([400, 99], [99, 99])
    assert splits == [1, 4]
    assert dividends == pytest.approx([1, 1 / 0.99], rel=1e-9)


def test_rounded_adjusted_closes_make_no_actions() -> None:
    """Adjusted closes cut to cents by a steady factor are no dividends, however low the price."""
    rng = np.random.default_rng(3)
    closes = np.round(30 * np.exp(np.cumsum(rng.normal(0, 0.02, 500))), 2)
    assert factors(closes.tolist(), np.round(closes * 0.0137, 2).tolist())[1] == [1] * 500


def test_float32_closes_make_no_actions() -> None:
    """Noise of the size of a float32's last digit is no dividend."""
    rng = np.random.default_rng(4)
    closes = 30 * np.exp(np.cumsum(rng.normal(0, 0.02, 500)))
    adjusted = (closes * 0.31).astype(np.float32).astype(np.float64)
    assert factors(closes.tolist(), adjusted.tolist()) == ([1] * 500, [1] * 500)


def test_factors_of_a_row_do_not_change_when_later_rows_come() -> None:
    """Cut anywhere, a history with splits, dividends and rounding has the same factors up to the cut."""
    rng = np.random.default_rng(5)
    ratio = np.ones(300)
    ratio[[50, 120, 200]] = 1.01, 2.0, 1 / 0.97
    ahead = np.cumprod(ratio[::-1])[::-1]
    value = 40 * np.exp(np.cumsum(rng.normal(0, 0.01, 300)))
    closes = np.round(value / np.cumprod(ratio), 2)
    adjusted = np.round(closes / np.append(ahead[1:], 1.0), 4)
    whole = factors(closes.tolist(), adjusted.tolist())
    assert whole[0][-1] == 2
    assert whole[1][-1] == pytest.approx(1.01 / 0.97, rel=1e-4)
    for cut in (1, 50, 51, 121, 199, 299):
        part = factors(closes[:cut].tolist(), adjusted[:cut].tolist())
        assert part == (whole[0][:cut], whole[1][:cut])


def test_rows_without_usable_closes_carry_the_factors_before_them() -> None:
    """An absent, negative or contested close neither makes an action nor hides the one around it."""
    codes = np.array([0, 0, 0, 0, 0, 0, 1, -1])
    days = DAY + np.array([0, 1, 2, 3, 3, 4, 0, 0]).astype("timedelta64[D]")
    closes = np.array([100, np.nan, -1.0, 70.0, 80.0, 50.0, 7.0, 9.0])
    adjusted = np.array([50, 50, 50, 50, 50, 50.0, 3.5, 9.0])
    splits, dividends = derive_factors(codes, days, closes, adjusted)
    assert splits.tolist() == [1, 1, 1, 1, 1, 2, 1, 1]
    assert dividends.tolist() == [1] * 8


def test_row_order_does_not_matter() -> None:
    """Shuffled rows of two symbols have the factors that they have in order."""
    codes = np.array([0, 0, 0, 1, 1, 1])
    days = DAY + np.array([0, 1, 2, 0, 1, 2]).astype("timedelta64[D]")
    closes = np.array([100, 50, 51, 9, 8.9, 9.1])
    adjusted = np.array([50, 50, 51, 8.5, 8.9, 9.1])
    ordered = derive_factors(codes, days, closes, adjusted)
    shuffle = np.array([4, 2, 0, 5, 3, 1])
    mixed = derive_factors(codes[shuffle], days[shuffle], closes[shuffle], adjusted[shuffle])
    assert mixed[0].tolist() == ordered[0][shuffle].tolist() == [1, 2, 1, 1, 1, 2]
    assert mixed[1].tolist() == ordered[1][shuffle].tolist()
