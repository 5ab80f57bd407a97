"""The shipped universes, replayed night by night: true but surprising prices pass the checks."""

import numpy as np
import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from morrow.sources import bundled

WILD = {
    "us5": ("2000-09-29", "2000-10-18", "2000-10-19", "2008-10-13", "2012-10-24"),
    "ecb-fx": (
        "2001-02-22",
        "2008-10-06",
        "2008-11-06",
        "2014-12-16",
        "2015-01-15",
        "2021-12-21",
        "2022-02-28",
    ),
}


@pytest.mark.parametrize("universe", WILD)
def test_every_night_of_the_shipped_universes_passes(universe: str) -> None:
    """Thirty nights in a row, and those on which a currency or a share broke, 260 sessions behind each."""
    rows = (bundled.us5() if universe == "us5" else bundled.ecb_fx()).rows.reset_index(drop=True)
    days = pd.DatetimeIndex(np.unique(rows["session"].to_numpy()))
    suite = load_suite("raw", None)
    nights = [int(days.get_loc(pd.Timestamp(day))) for day in WILD[universe]]
    for night in [*nights, *range(len(days) - 30, len(days))]:
        stored = rows[(rows["session"] < days[night]) & (rows["session"] >= days[max(night - 260, 0)])]
        verdict = check_raw(rows[rows["session"] == days[night]], days[[night]], suite, history=stored)
        assert verdict.refusals.empty, (days[night], verdict.refusals)
