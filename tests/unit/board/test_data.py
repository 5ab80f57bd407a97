"""The page on data: which bars are there, which were refused, and which are missing."""

import numpy as np
import pandas as pd

from morrow.board.data import MISSING, PRESENT, REFUSED, make_data, tabulate_bars
from morrow.frames import QUARANTINE
from tests.boards import NOW, make_facts


def refused_rows(symbol: str, session: pd.Timestamp) -> pd.DataFrame:
    """One undecided row of the quarantine."""
    row = dict.fromkeys(QUARANTINE.names) | {
        "batch": "b", "row": 1, "rule": "jump", "symbol": symbol, "session": session,
        "reason": "rises by half", "first_seen": pd.Timestamp(NOW),
    }  # fmt: skip
    return pd.DataFrame([row])


def test_each_cell_says_what_became_of_the_bar() -> None:
    """Before the first bar there is nothing, a gap is missing, a refused row is seen."""
    facts = make_facts("AAA", "BBB")
    days = facts.sessions
    gone = (facts.bars["symbol"] == "BBB") & facts.bars["session"].isin([days[0], days[-3], days[-1]])
    facts = make_facts("AAA", "BBB", bars=facts.bars[~gone], refused=refused_rows("BBB", days[-1]))
    grid = tabulate_bars(facts)
    assert (grid.loc["AAA"] == PRESENT).all()
    assert np.isnan(grid.loc["BBB"].iloc[0])
    assert (grid.loc["BBB"].iloc[-3], grid.loc["BBB"].iloc[-1]) == (MISSING, REFUSED)
    page = make_data(facts)
    assert page.values["rules"][0]["waiting"] == "1"
    day = f"{days[-1]:%Y-%m-%d}"
    assert f"BBB,{day},refused" in page.files["data/missing.csv"]


def test_figures_are_those_of_the_report() -> None:
    """Completeness is not counted again: it is what the night reported."""
    figures = {each.label: each.value for each in make_data(make_facts("AAA")).values["figures"]}
    assert figures == {"Complete": "100.00 %", "Missing": "0", "Refused": "0", "Revised": "0"}
