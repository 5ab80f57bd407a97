"""The clean market of the benchmarks: repeatable, whole, and without a fault."""

import numpy as np
import pytest

from benchmarks.market import STYLES, log_returns, make, stocks
from benchmarks.market.awkward import EVENTS, write_events
from morrow import sessions


def test_the_same_seed_gives_the_same_market() -> None:
    """A seed names a market, and another seed names another."""
    one, same, other = (make("stocks", 12, 500, seed) for seed in (3, 3, 4))
    for name in one.fields:
        assert np.array_equal(one.fields[name], same.fields[name])
    assert not np.array_equal(one.fields["close"], other.fields["close"])


def test_low_and_high_hold_open_and_close() -> None:
    """Every bar's range holds its open and close, every price is positive and every volume is a number."""
    fields = make("stocks", 40, 800, 1).fields
    assert (fields["low"] <= np.minimum(fields["open"], fields["close"])).all()
    assert (fields["high"] >= np.maximum(fields["open"], fields["close"])).all()
    assert (fields["low"] > 0).all()
    assert (fields["volume"] >= 100).all()


@pytest.mark.parametrize("style", STYLES)
def test_bars_lie_on_the_calendar(style: str) -> None:
    """A market has exactly the sessions of its calendar."""
    market = make(style, 10, 400, 2)
    known = sessions.sessions(market.calendar, market.days[0], market.days[-1])
    assert np.array_equal(known.to_numpy("datetime64[D]"), market.days)
    assert np.isfinite(market.fields["close"]).all()


def test_splits_are_in_the_factor_and_not_in_the_returns() -> None:
    """On a split's session the close moves by the ratio, and the adjusted return is an ordinary one."""
    market = make("stocks", 60, 1500, 1)
    returns = log_returns(market)
    split = np.diff(np.log(market.split), axis=1)
    symbols, days = np.nonzero(split)
    assert len(symbols) > 10
    together = market.trades[symbols, days] & market.trades[symbols, days + 1]
    seen = returns[symbols, days + 1][together]
    assert np.median(np.abs(seen)) < 0.05
    closes = np.log(market.fields["close"])
    raw = (closes[symbols, days + 1] - closes[symbols, days])[together]
    assert np.allclose(raw + split[symbols, days][together], seen, atol=0.2)


def test_symbols_move_together_with_fat_tails() -> None:
    """Half of the symbols correlate by more than 0.3 with the mean, and tails are fatter than normal."""
    returns = np.nan_to_num(log_returns(make("stocks", 60, 1500, 1)))
    common = returns.mean(axis=0)
    likeness = [np.corrcoef(own, common)[0, 1] for own in returns]
    assert np.median(likeness) > 0.3
    scaled = returns / returns.std(axis=1, keepdims=True)
    assert (np.mean(scaled**4, axis=1) > 4).mean() > 0.9


def test_every_event_happens_to_symbols_of_its_own() -> None:
    """Stocks and their closes have all events between them, and no symbol has two."""
    market, seen = stocks(60, 500, 4, whole=True), set()
    for each in (market, market.only_closes()):
        _, written = write_events(each, 2, 1)
        assert len({event.symbol for event in written}) == len(written)
        seen |= {event.name for event in written}
    assert seen == set(EVENTS)


def test_events_leave_all_other_symbols_as_they_are() -> None:
    """But for the last day, which all lack beside the symbol that has one day more."""
    market = stocks(60, 500, 4, whole=True)
    changed, written = write_events(market, 2, 1)
    rest = np.setdiff1d(np.arange(60), [event.symbol for event in written])
    for name, values in market.fields.items():
        assert np.array_equal(changed.fields[name][rest], values[rest])
    assert changed.trades[rest, :-1].all()
    again, same = write_events(market, 2, 1)
    assert same == written
    assert np.array_equal(again.fields["close"], changed.fields["close"])


def test_an_early_market_follows_the_others_a_session_late() -> None:
    """It correlates with the mean of the session before, and hardly with that of its own."""
    changed, written = write_events(stocks(60, 700, 5, whole=True), 1, 2)
    early = next(event.symbol for event in written if event.name == "early market")
    returns = np.nan_to_num(log_returns(changed))
    common = np.delete(returns, early, axis=0).mean(axis=0)
    assert np.corrcoef(returns[early, 2:], common[1:-1])[0, 1] > 0.5
    assert abs(np.corrcoef(returns[early, 2:], common[2:])[0, 1]) < 0.2
