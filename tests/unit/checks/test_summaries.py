"""The summaries of stored symbols and of features, and the gates that judge them."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from morrow.checks import Verdict, check_features, check_panel, load_suite
from morrow.checks.summaries import summarise_features, summarise_symbols
from tests.conftest import bars, weekdays

DAYS = weekdays(400)


def held(prices: pd.DataFrame) -> tuple[Verdict, dict[str, str]]:
    """Judge stored bars on the weekdays."""
    return check_panel(prices, DAYS, load_suite("panel", None))


@pytest.fixture(scope="module")
def three() -> pd.DataFrame:
    """Three symbols with a close on each of 400 weekdays, the last with nothing yet for the newest."""
    closes = {name: np.linspace(10, 20, 400) for name in "ABC"}
    closes["C"] = np.where(np.arange(400) == 399, np.nan, closes["C"])
    return bars(closes)


def test_a_symbol_is_summed_up(three: pd.DataFrame) -> None:
    """Bars, gaps, missing share and age are those that can be counted by hand."""
    prices = three[~((three["symbol"] == "B") & three["session"].isin([*DAYS[180:200], *DAYS[300:305]]))]
    lines = summarise_symbols(prices, DAYS).set_index("symbol")
    assert lines["bars"].to_dict() == {"A": 400, "B": 375, "C": 399}
    assert lines["age_sessions"].to_dict() == {"A": 0, "B": 0, "C": 1}
    assert lines["gap_sessions"].to_dict() == {"A": 0, "B": 20, "C": 0}
    assert lines["missing_share"].to_dict() == pytest.approx({"A": 0, "B": 25 / 250, "C": 0})
    assert lines["session"].tolist() == [DAYS[399], DAYS[399], DAYS[398]]
    ancient = three[~((three["symbol"] == "B") & three["session"].isin(DAYS[10:100]))]
    assert summarise_symbols(ancient, DAYS)["gap_sessions"].tolist() == [0, 0, 0]


def test_sound_bars_pass(three: pd.DataFrame) -> None:
    """A symbol that is one session late is no fault of the panel."""
    verdict, none = held(three)
    assert (verdict.passed, verdict.warnings, none) == (True, (), {})


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "a negative price": ({"close": -1.0}, "prices positive: A has 1 closes that are not finite and above 0"),
    "an endless price": ({"close": np.inf}, "prices positive: A has 1 closes"),
    "a factor of nought": ({"split_factor": 0.0}, "factors positive: A has 1 bars whose factors"),
    "a factor taken back": ({"dividend_factor": 0.9}, "dividend factors rise: A has 1 bars whose dividend"),
    "known before": ({"known_at": pd.Timestamp("2019-12-31")}, "known in time: A has 1 bars that are known"),
    "a session twice": ({"session": DAYS[49]}, "unique keys: A has 1 bars on a session"),
}


@pytest.mark.parametrize("fault", BAD)
def test_a_faulty_symbol_is_held_and_the_others_are_not(three: pd.DataFrame, fault: str) -> None:
    """One bad bar holds its symbol with the rule and a count; the night goes on."""
    change, reason = BAD[fault]
    prices = three.copy()
    for name, value in change.items():
        prices.loc[50, name] = value
    verdict, found = held(prices)
    assert list(found) == ["A"]
    assert found["A"].startswith(reason)
    assert verdict.stops == ()


def test_a_factor_that_falls_by_rounding_or_with_a_reverse_split_is_no_fault(three: pd.DataFrame) -> None:
    """A derived dividend factor wavers a little, and a reverse split lowers the other factor."""
    prices = three.copy()
    prices.loc[50, "dividend_factor"] = 0.996
    prices.loc[60:399, "split_factor"] = 0.05
    assert held(prices)[0].passed


def test_few_symbols_on_the_newest_session_stop_the_night(three: pd.DataFrame) -> None:
    """If most symbols have no bar on it, the source is late; those that ended long ago do not count."""
    alone = three[(three["symbol"] == "A") | (three["session"] < DAYS[399])]
    (stop,) = held(alone)[0].stops
    assert stop.startswith("newest session shared: 2 of 3 rows; first: B has its last bar 1 sessions before")
    ended = three[(three["symbol"] == "A") | (three["session"] < DAYS[300])]
    assert held(ended)[0].stops == ()


def test_holes_and_late_symbols_are_warned_of(three: pd.DataFrame) -> None:
    """A gap of more than 20 sessions, a tenth missing and many stale symbols are warnings."""
    holes = three[~((three["symbol"] == "B") & three["session"].isin(DAYS[300:330]))]
    words = [line.split(":")[0] for line in held(holes)[0].warnings]
    assert words == ["gap length", "complete"]
    stale = three[(three["symbol"] != "C") | (three["session"] < DAYS[390])]
    assert [line.split(":")[0] for line in held(stale)[0].warnings] == ["stale symbols"]


def test_a_feature_is_summed_up() -> None:
    """Shares, extremes, the middle half and the scale of the last sessions can be counted by hand."""
    session = np.arange(100)
    values = np.stack([np.tile([0.0, 1.0, 2.0, 3.0, 4.0], 20), np.full(100, 5.0)], axis=1).astype(np.float32)
    values[-60:, 0] *= 3
    values[0, 0] = np.nan
    first, second = summarise_features(values, ("moves", "still"), session).to_dict("records")
    assert (first["known_share"], first["newest_known_share"], first["infinite"]) == (0.99, 1.0, 0)
    assert (first["least"], first["most"]) == (0.0, 12.0)
    assert first["scale_ratio"] == pytest.approx(3)
    assert (second["spread"], second["reach"], second["scale_ratio"]) == (0.0, 1.0, 1.0)
    assert second["moving_share"] == 0.0


def test_a_feature_may_rest_in_its_middle_half() -> None:
    """Breaks of a day at four bars of five and of three at the fifth move, and nobody is warned."""
    days = np.log(np.where(np.arange(1000) % 5, 1.0, 3.0))
    values = np.stack([np.cos(np.arange(1000)), days], axis=1).astype(np.float32)
    line = summarise_features(values, ("other", "days_since"), np.arange(1000)).to_dict("records")[1]
    assert (line["spread"], line["moving_share"]) == (0.0, pytest.approx(0.2))
    verdict = check_features(values, ("other", "days_since"), np.arange(1000), load_suite("features", None))
    assert verdict.warnings == ()


SPOILT: dict[str, tuple[str, str, bool]] = {
    "infinite": ("finite", "wave is infinite in 1 bars", True),
    "unknown": ("known at all", "wave is known in no bar", True),
    "constant": ("constant features", "wave does not move", False),
    "far": ("range", "wave reaches", False),
    "wide": ("scale", "wave spreads", False),
    "exploded": ("scale explosion", "wave spreads", True),
    "half": ("known share", "wave is known in a share of 0.4", False),
}


def spoil(wave: np.ndarray, how: str) -> np.ndarray:
    """A feature of 1,000 bars with a fault."""
    spoilt = wave.copy()
    if how == "infinite":
        spoilt[500] = np.inf
    elif how == "unknown":
        spoilt[:] = np.nan
    elif how == "constant":
        spoilt[:] = 1.0
    elif how == "far":
        spoilt[500] = 1e6
    elif how == "half":
        spoilt[:600] = np.nan
    elif how != "sound":
        spoilt[-60:] *= 20 if how == "wide" else 1e5
    return spoilt


@pytest.mark.parametrize("how", [*SPOILT, "sound"])
def test_a_spoilt_feature_is_found(how: str) -> None:
    """Each fault is named by its own rule, and stops the night where a model would be spoilt."""
    wave = np.sin(np.arange(1000) / 3)
    values = np.stack([np.cos(np.arange(1000)), spoil(wave, how)], axis=1).astype(np.float32)
    verdict = check_features(values, ("other", "wave"), np.arange(1000), load_suite("features", None))
    if how == "sound":
        assert (verdict.passed, verdict.warnings) == (True, ())
        return
    rule, words, stops = SPOILT[how]
    lines = verdict.stops if stops else verdict.warnings
    assert any(line.startswith(f"{rule}: 1 of 2 rows; first: {words}") for line in lines), verdict
    assert bool(verdict.stops) == stops
