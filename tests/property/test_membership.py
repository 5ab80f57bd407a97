"""Later news of membership never changes what was known before."""

from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morrow import frames, membership, monitor
from morrow import panel as panels
from morrow.membership import Membership
from tests.conftest import FORECAST, TIME, axis, market
from tests.unit.test_monitor import LEVELS, QUANTILES

pytestmark = pytest.mark.no_cover  # unit tests run the same lines, and coverage doubles the seconds

DAYS = pd.DatetimeIndex(market()["session"].unique())
KINDS = ("", "merger", "delisted")


@cache
def prices() -> pd.DataFrame:
    """Four symbols of 420 sessions."""
    return market()


def spell(symbol: str, first: int, last: int | None = None, kind: str = "", **more: Any) -> dict[str, Any]:
    """A row of a membership table, by numbers of sessions."""
    row = {"symbol": symbol, "from": DAYS[first], "to": pd.NaT if last is None else DAYS[last], "kind": kind}
    return row | {"successor": "", "terminal": np.nan, "withdrawn": False} | more


def table(*rows: dict[str, Any]) -> pd.DataFrame:
    """Rows of the table as they are stored."""
    frame = pd.DataFrame(rows)
    days = {name: frame[name].astype("datetime64[us]") for name in ("from", "to")}
    known_at = frame["known_at"].fillna(frame["from"]) if "known_at" in frame else frame["from"]
    return frame.assign(**days, known_at=known_at.astype("datetime64[us]"))


def known(rows: pd.DataFrame, renames: pd.DataFrame, day: int) -> Membership:
    """What is known on a session."""
    return membership.membership_at(membership.spells_on_record(rows, DAYS[day]), renames, DAYS[day])


def seen(rows: pd.DataFrame, renames: pd.DataFrame, cutoff: int, bars: pd.DataFrame) -> tuple[Any, ...]:
    """Everything that a night at a cutoff takes from membership."""
    members = known(rows, renames, cutoff)
    then = members.bars(bars[bars["session"] <= DAYS[cutoff]].reset_index(drop=True))
    panel = panels.build(then, axis(then), FORECAST, TIME, members=members)
    who = panels.assess_eligibility(panel, FORECAST)
    arrays = (panel.features, panel.target, panel.member, panel.eligible)
    return panel.symbols, *(each.tobytes() for each in arrays), who.left_out, who.eligible.tobytes()


@given(
    cutoff=st.integers(300, 416),
    last=st.integers(1, 3),
    kind=st.sampled_from(KINDS),
    terminal=st.sampled_from([np.nan, 0.5, 900.0]),
    correction=st.booleans(),
)
@settings(max_examples=10)
def test_later_rows_change_nothing_before(
    cutoff: int, last: int, kind: str, terminal: float, correction: bool
) -> None:
    """Spells that begin or end later, and corrections that are read later, are not there at the cutoff."""
    none = frames.empty(frames.RENAMES)
    before = table(spell("S0", 0), spell("S1", 100), spell("S2", 0, 250), spell("S3", 0))
    more = [spell("S2", cutoff + 1), spell("S9", cutoff + 2)]
    if correction:
        late = {"known_at": DAYS[cutoff + last]}
        more += [spell("S3", 0, 200, "delisted", **late), spell("S1", 100, withdrawn=True) | late]
    value = terminal if kind else np.nan
    ending = table(
        spell("S0", 0, cutoff + last, kind, terminal=value), spell("S1", 100), spell("S2", 0, 250),
        spell("S3", 0), *more,
    )  # fmt: skip
    assert seen(before, none, cutoff, prices()) == seen(ending, none, cutoff, prices())


@given(cutoff=st.integers(300, 410), ahead=st.integers(1, 8))
@settings(max_examples=6)
def test_a_later_rename_changes_nothing_before(cutoff: int, ahead: int) -> None:
    """Before its day a rename is not there, whatever bars there are under the new name later."""
    none = frames.empty(frames.RENAMES)
    members = table(*(spell(f"S{n}", 0) for n in range(4)))
    day = DAYS[cutoff + ahead]
    row = {"old": "S1", "new": "NEW", "from": day, "known_at": day}
    renames = pd.DataFrame([row]).astype({"from": "datetime64[us]", "known_at": "datetime64[us]"})
    bars = prices()
    renamed = bars.assign(
        symbol=bars["symbol"].mask((bars["symbol"] == "S1") & (bars["session"] >= day), "NEW")
    )
    renamed = renamed.sort_values(["symbol", "session"], ignore_index=True)
    assert seen(members, none, cutoff, bars) == seen(members, renames, cutoff, renamed)


@given(day=st.integers(2, 418), step=st.integers(1, 20), split=st.sampled_from([1.0, 2.0, 0.1]))
@settings(max_examples=20)
def test_no_forecast_of_an_ended_symbol_is_dropped(day: int, step: int, split: float) -> None:
    """Every forecast made of a member is scored once the calendar has come to its target."""
    target = min(day + step, 419)
    bars = prices().assign(universe="us5")
    own = bars["symbol"] == "S1"
    bars.loc[own & (bars["session"] >= DAYS[day]), "split_factor"] *= split
    bars.loc[own & (bars["session"] >= DAYS[day]), "close"] /= split
    rows = table(*(spell(f"S{n}", 0) for n in (0, 2, 3)), spell("S1", 0, day, "delisted"))
    members = known(rows, frames.empty(frames.RENAMES), 419)
    made = {
        "universe": "us5", "symbol": "S1", "cutoff": DAYS[day - 1], "step": target - day + 1,
        "session": DAYS[target], "basis": DAYS[day - 1], "model_version": "1", "reason": "",
    }  # fmt: skip
    scores = monitor.score(pd.DataFrame([made | QUANTILES]), members.bars(bars), LEVELS, members)
    assert len(scores) == 1
    assert bool(scores["ended"].iloc[0]) == (target > day)
    last = prices()[prices()["symbol"] == "S1"]["close"].iloc[day]
    factor = prices()[prices()["symbol"] == "S1"]
    basis = (factor["split_factor"] * factor["dividend_factor"]).to_numpy()
    assert np.isclose(scores["realised"].iloc[0], last * basis[day] / basis[day - 1])
