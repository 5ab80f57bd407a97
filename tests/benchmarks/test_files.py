"""The files of the benchmark: repeatable, varied, judged by a truth of their own."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from benchmarks.files import __main__ as command
from benchmarks.files.cases import Case, Question, make_cases
from benchmarks.files.catalogue import NAMES
from benchmarks.files.judgement import (
    ASKED,
    READ_RIGHT,
    WRONG,
    Verdict,
    compare,
    judge,
    list_answers,
    take_answer,
)
from benchmarks.files.market import Draw, simulate

READABLE = (
    "yahoo download", "kaggle five years", "wide closes", "a file per symbol", "dates: d/m/y",
    "numbers: groups by point", "surroundings: repeated headers", "long parquet", "fred",
    "a last line cut in half",
)  # fmt: skip


def make_case(name: str, seed: int = 1) -> Case:
    """One case of the catalogue."""
    (case,) = make_cases(seed, [name])
    return case


@pytest.mark.parametrize("name", READABLE)
def test_a_file_is_read_back_as_it_was_simulated(name: str) -> None:
    """Every bar of the market comes back through init and the source."""
    assert judge(make_case(name)) == Verdict(READ_RIGHT, "")


def test_there_are_more_than_two_hundred_files_with_names_of_their_own() -> None:
    """The catalogue is as wide as it claims."""
    assert len(NAMES) > 200
    assert len(set(NAMES)) == len(NAMES)


def test_a_seed_repeats_its_files_and_another_changes_them() -> None:
    """The same seed writes the same bytes; another writes other symbols or prices."""
    one, same, other = make_case("stooq bulk", 3), make_case("stooq bulk", 3), make_case("stooq bulk", 4)
    assert one.files == same.files
    assert one.files != other.files


def test_bars_are_whole() -> None:
    """Every range holds its open and close, prices and volumes are positive, sessions are distinct."""
    market = simulate(Draw(symbols=(8, 8), actions=True, sessions=(400, 400)), np.random.default_rng(5))
    bars = market.bars
    assert (bars["low"] <= bars[["open", "close"]].min(axis=1)).all()
    assert (bars["high"] >= bars[["open", "close"]].max(axis=1)).all()
    assert (bars[["low", "volume"]] > 0).all(axis=None)
    assert not bars.duplicated(["symbol", "session"]).any()


def test_the_factor_takes_splits_and_dividends_out_of_the_returns() -> None:
    """On a split's session the close drops by its ratio, and close × factor moves by an ordinary return."""
    market = simulate(Draw(symbols=(1, 1), actions=True, sessions=(400, 400)), np.random.default_rng(5))
    bars = market.bars
    at = int(np.flatnonzero(bars["split"] != 1)[0])
    ratio = bars["split"][at]
    assert bars["close"][at - 1] / bars["close"][at] == pytest.approx(ratio, rel=0.15)
    adjusted = bars["close"] * bars["factor"]
    assert abs(np.log(adjusted[at] / adjusted[at - 1])) < 0.14
    assert bars["factor"].iloc[-1] > ratio


def _read(case: Case) -> pd.DataFrame:
    """Rows as a perfect reader would return them."""
    assert case.truth is not None
    return case.truth.assign(split_factor=1.0, dividend_factor=1.0, malformed=None)


def test_one_wrong_price_is_seen() -> None:
    """A single close that differs is a difference, and is named with its bar."""
    case = make_case("kaggle five years")
    rows = _read(case)
    assert compare(case, rows) == ""
    rows.loc[7, "close"] += 0.01
    assert "1 of" in compare(case, rows)
    assert f"{rows['session'][7]:%Y-%m-%d}" in compare(case, rows)


def test_bars_on_the_day_before_are_seen() -> None:
    """A history that is one day early has lost bars and others that are none."""
    case = make_case("kaggle five years")
    rows = _read(case)
    assert "bars lost" in compare(case, rows.assign(session=rows["session"] - pd.Timedelta(days=1)))


def test_a_refusal_counts_as_asked_only_with_the_right_words_and_a_printed_answer_that_works() -> None:
    """A refusal is wrong if it lacks a word, if nothing may be asked, or if no printed line reads it."""
    undecided = make_case("two closes")
    assert undecided.truth is not None
    verdict = judge(undecided)
    assert verdict.result == ASKED
    assert 'columns = { close = "close_bid" }' in verdict.why
    assert judge(replace(undecided, question=Question(("no such word",)))).result == WRONG
    assert judge(replace(undecided, question=None)).result == WRONG
    other = undecided.truth.assign(close=undecided.truth["close"] + 1)
    assert "no printed answer reads it" in judge(replace(undecided, truth=other)).why


def test_a_file_that_must_be_written_anew_needs_no_answer() -> None:
    """Days across the top are refused for good; elsewhere a message without a line that answers is wrong."""
    across = make_case("symbols down, days across")
    assert judge(across).result == ASKED
    assert across.question is not None
    answerable = replace(across, question=replace(across.question, is_final=False))
    assert "asked without a line that answers" in judge(answerable).why


def test_answers_are_taken_as_they_stand() -> None:
    """Each answer is the lines between its neighbours; taking one uncomments these lines alone."""
    written = (
        'path = "p.csv"\n# Take the # away before the answer that is right:\n'
        '# layout = "wide"\n# groups = ["A"]\n'
        '# or:\n# layout = "wide"\n# What else may be needed:\n# layout = "long"\n'
    )
    first, second = list_answers(written)
    assert (first, second) == (('# layout = "wide"', '# groups = ["A"]'), ('# layout = "wide"',))
    assert '\nlayout = "wide"\ngroups = ["A"]\n# or:\n# layout = "wide"\n' in take_answer(written, first)
    assert list_answers('path = "p.csv"\n') == []


def test_results_are_counted_by_kind() -> None:
    """The summary adds up, and lists the files that were read wrongly."""
    verdicts = {
        "one": ("dates", Verdict(READ_RIGHT, "")),
        "two": ("dates", Verdict(WRONG, "a difference")),
        "three": ("formats", Verdict(ASKED, "")),
    }
    summary = command.summarize(verdicts)
    assert {key: summary[key] for key in ("files", "read_right", "asked", "wrong")} == {
        "files": 3, "read_right": 1, "asked": 1, "wrong": 1,
    }  # fmt: skip
    assert summary["wrong_files"] == ["two"]
    assert summary["by_kind"]["dates"] == {"files": 2, "read_right": 1, "asked": 0, "wrong": 1}  # type: ignore[index]
