"""Taking in: what a changed source does to the tables, night after night."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from morrow import errors, sources, steps
from morrow.frames import PRICES, QUARANTINE, REVISIONS
from morrow.sources import Batch
from morrow.sources.symbol_by_symbol import with_failures
from morrow.steps.intake import fetch_window, second_source_closes
from morrow.steps.intake.ingest import _failure_notes, ingest
from morrow.steps.results import IngestResult
from morrow.store import Store
from tests.conftest import market, weekdays
from tests.projects import as_csv, copy_project, night, project

Edit = Callable[[pd.DataFrame], pd.DataFrame]
LAST = weekdays(420)[-1]


def taken(root: Path, as_of: date | None = None, since: date | None = None) -> IngestResult:
    """The first step of a night."""
    return ingest(replace(night(root, as_of), since=since), {})


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that has taken in 410 of 420 sessions of the market, to be copied."""
    root = project(tmp_path_factory.mktemp("begun") / "toy")
    write(root, lambda table: table[table["session"] < days(410)])
    taken(root)
    return root


@pytest.fixture
def root(begun: Path, tmp_path: Path) -> Path:
    """A copy of that project, free to be changed."""
    return copy_project(begun, tmp_path / "toy")


def days(number: int) -> str:
    """A session as the file writes it."""
    return f"{weekdays(430)[number]:%Y-%m-%d}"


def write(root: Path, edit: Edit, sessions: int = 420) -> None:
    """Write the market's file, edited."""
    table = as_csv(market(sessions=sessions))
    table["session"] = table["session"].dt.strftime("%Y-%m-%d")
    edit(table).to_csv(root / "prices.csv", index=False)


def at(table: pd.DataFrame, symbol: str, number: int) -> "pd.Series[bool]":
    """Where one bar of the file is."""
    return (table["symbol"] == symbol) & (table["session"] == days(number))


def scaled(symbol: str, number: int, by: float) -> Edit:
    """Multiply all prices of one bar."""

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        names = ["open", "high", "low", "close", "adj_close"]
        table.loc[at(table, symbol, number), names] *= by
        return table

    return edit


def bar(root: Path, symbol: str, number: int, as_of: date | None = None) -> pd.Series:
    """One stored bar."""
    prices = Store(root / "data").prices("toy", as_of).set_index(["symbol", "session"])
    return prices.loc[(symbol, weekdays(430)[number])]


def waiting(root: Path) -> pd.DataFrame:
    """The quarantine."""
    return Store(root / "data").read(QUARANTINE, "toy")


def test_rows_that_wait_from_long_ago_hold_up_nothing(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night whose window holds none of the rows in quarantine takes its own in."""
    write(root, scaled("S1", 100, 1.02))
    assert taken(root).quarantined == 1
    monkeypatch.setattr(fetch_window, "_WHOLE", 0)
    write(root, lambda table: table, sessions=421)
    assert taken(root).accepted == 4


@pytest.mark.parametrize("whole", [400_000, 0])
def test_new_sessions_are_taken_in(root: Path, whole: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A night stores what is new, on the stored factors, whether the file is compared whole or windowed."""
    monkeypatch.setattr(fetch_window, "_WHOLE", whole)
    write(root, lambda table: table)
    found = taken(root)
    assert (found.accepted, found.revised, found.quarantined) == (40, 0, 0)
    assert found.received == (4 * 420 if whole else 4 * 21)
    truth = market(sessions=420).set_index(["symbol", "session"])
    stored = Store(root / "data").read(PRICES, "toy").set_index(["symbol", "session"])
    for factor in ("split_factor", "dividend_factor"):
        assert stored[factor].to_numpy() == pytest.approx(truth[factor].reindex(stored.index), rel=1e-6)


def test_a_symbol_that_is_new_comes_with_its_history(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A symbol without stored bars is read from its first one on, and is not late."""
    monkeypatch.setattr(fetch_window, "_WHOLE", 0)
    write(root, lambda table: pd.concat([table, table[table["symbol"] == "S0"].assign(symbol="S9")]))
    found = taken(root)
    assert found.accepted == 40 + 420
    assert found.late == 0


def test_a_changed_price_within_the_tolerance_is_a_revision(root: Path) -> None:
    """Half a percent is kept as a revision, and the value before can still be seen."""
    before = bar(root, "S1", 405)["close"]
    write(root, scaled("S1", 405, 1.004))
    assert taken(root).revised == 1
    assert bar(root, "S1", 405)["close"] == pytest.approx(before * 1.004)
    assert bar(root, "S1", 405, weekdays(420)[409].date())["close"] == before


def test_a_larger_change_waits_until_it_is_accepted(root: Path) -> None:
    """Two percent is quarantined as a revision, night after night the same row, and accepted it is stored."""
    before = bar(root, "S1", 405)["close"]
    write(root, scaled("S1", 405, 1.02))
    assert taken(root).quarantined == 1
    assert (again := taken(root)).quarantined == 0
    assert again.refused_before == 1
    assert waiting(root)["rule"].tolist() == ["revision"]
    assert bar(root, "S1", 405)["close"] == before
    from morrow.steps.intake.refusal_listing import RowQuery, find_rows
    from morrow.steps.intake.row_decisions import accept

    accept(night(root), find_rows(night(root), RowQuery()), by="me")
    assert bar(root, "S1", 405)["close"] == pytest.approx(before * 1.02)
    last = taken(root)
    assert (last.quarantined, last.refused_before, last.revised) == (0, 0, 0)


def test_a_dropped_row_stays_out(root: Path) -> None:
    """A row that somebody dropped is not stored, though the rule that refused it is gone."""
    write(root, scaled("S1", 405, 1.02))
    taken(root)
    from morrow.steps.intake.refusal_listing import RowQuery, find_rows
    from morrow.steps.intake.row_decisions import drop

    drop(night(root), find_rows(night(root), RowQuery()), by="me")
    text = (root / "morrow.toml").read_text() + "\n[ingest]\ntolerance = 0.5\n"
    (root / "morrow.toml").write_text(text)
    assert taken(root).refused_before == 1
    assert Store(root / "data").read(REVISIONS, "toy").empty


def test_a_row_that_the_gate_lets_pass_later_is_released(root: Path) -> None:
    """A row that is refused tonight and stored later, as it was received, is marked in quarantine."""
    write(root, scaled("S1", 405, 1.02))
    taken(root)
    text = (root / "morrow.toml").read_text() + "\n[ingest]\ntolerance = 0.5\n"
    (root / "morrow.toml").write_text(text)
    found = taken(root)
    assert (found.revised, found.released) == (1, 1)
    marked = waiting(root).iloc[0]
    assert (marked["decision"], marked["decided_by"]) == ("released", "morrow")
    assert taken(root).released == 0


def test_a_corrected_factor_rewrites_what_follows_at_once(root: Path) -> None:
    """A dividend that the vendor adds in the middle is in every later bar; nights before do not see it."""
    was = bar(root, "S2", 409)["dividend_factor"]

    def edit(table: pd.DataFrame) -> pd.DataFrame:
        early = (table["symbol"] == "S2") & (table["session"] < days(300))
        table.loc[early, "adj_close"] /= 1.03
        return table[table["session"] < days(410)]

    version = Store(root / "data")
    write(root, edit)
    found = taken(root, date(2021, 9, 1))
    assert found.revised == 110
    assert any("S2: factors corrected from" in note for note in found.notes)
    assert bar(root, "S2", 409)["dividend_factor"] == pytest.approx(was * 1.03)
    assert bar(root, "S2", 299)["dividend_factor"] == pytest.approx(was)
    assert bar(root, "S2", 409, weekdays(420)[409].date())["dividend_factor"] == pytest.approx(was)
    revisions = version.read(REVISIONS, "toy")
    assert set(revisions["field"]) == {"dividend_factor"}
    assert len(revisions) == 110


def test_a_late_bar_is_taken_and_counted(root: Path) -> None:
    """A bar that comes after its session's others is stored, known when it came, and shown as late."""
    write(root, lambda table: table[(table["session"] < days(415)) & ~at(table, "S3", 412)])
    assert taken(root).late == 0
    write(root, lambda table: table[table["session"] < days(415)])
    found = taken(root)
    assert (found.accepted, found.late) == (1, 1)
    assert bar(root, "S3", 412)["known_at"] == weekdays(430)[414]


def test_since_goes_further_back(tmp_path: Path) -> None:
    """A first load from a day on takes nothing earlier, until somebody asks; that is known only then."""
    root = project(tmp_path / "since")
    start = weekdays(420)[200].date()
    assert taken(root, since=start).accepted == 4 * 220
    assert taken(root).accepted == 0
    found = taken(root, since=weekdays(420)[100].date())
    assert found.accepted == 4 * 100
    assert bar(root, "S0", 120)["known_at"] == LAST
    split = Store(root / "data").prices("toy").query("symbol == 'S0'").set_index("session")["split_factor"]
    assert split[weekdays(420)[200]] / split[weekdays(420)[120]] == pytest.approx(2)


def test_a_second_source_that_cannot_be_read_stops_nobody(root: Path) -> None:
    """The night goes on with a note when the second source is missing."""
    old = 'source = { kind = "csv", path = "prices.csv" }'
    text = (
        (root / "morrow.toml")
        .read_text()
        .replace(old, old + '\nsecond_source = { kind = "csv", path = "other.csv" }')
    )
    (root / "morrow.toml").write_text(text)
    write(root, lambda table: table)
    found = taken(root)
    assert found.accepted == 40
    assert any(note.startswith("no second source tonight") for note in found.notes)


def test_symbols_that_a_second_source_lacks_are_told_of_in_a_handful_of_lines(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """500 symbols that the second source cannot give leave ten notes and the number of the others."""
    tonight = night(root)
    options = tonight.options.model_copy(update={"second_source": tonight.options.source})
    tonight.config.universes["toy"] = options
    rows = pd.DataFrame({"symbol": ["S1"], "session": [pd.Timestamp(days(409))], "close": [1.0]})
    failed = tuple((f"X{number}", "no answer") for number in range(500))
    batch = Batch("", rows, 0, "csv", (), lambda _: [], failed)
    monkeypatch.setattr(sources, "fetch", lambda *_, **__: batch)
    other, notes = second_source_closes.closes(tonight, rows)
    assert other is not None
    assert other.equals(rows[["symbol", "session", "close"]])
    assert len(notes) == 11
    assert notes[0] == "X0 could not be read from the second source: no answer"
    assert notes[-1] == "and 490 more symbols could not be read from the second source"


def test_a_second_source_that_disagrees_refuses_the_row(root: Path) -> None:
    """A close that another source gives ten percent higher is refused under its rule."""
    old = 'source = { kind = "csv", path = "prices.csv" }'
    text = (
        (root / "morrow.toml")
        .read_text()
        .replace(old, old + '\nsecond_source = { kind = "csv", path = "other.csv" }')
    )
    (root / "morrow.toml").write_text(text)
    write(root, scaled("S1", 415, 1.1))
    (root / "prices.csv").rename(root / "other.csv")
    write(root, lambda table: table)
    taken(root)
    assert set(waiting(root)["rule"]) == {"cross-source disagreement"}
    assert set(waiting(root)["symbol"]) == {"S1"}


def test_asof_shows_what_was_known(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command shows the bars as known, what changed later, and where it rests on an assumption."""
    from morrow.cli import main

    write(root, scaled("S1", 405, 1.004))
    taken(root)
    where = ["--config", str(root / "morrow.toml")]
    assert main(["asof", days(406), "S1", *where]) == 0
    shown = capsys.readouterr().out
    for text in ("2021-07-22 *", "later      2021-07-21 close", "* assumed: sessions through"):
        assert text in shown, shown
    assert main(["asof", days(406), "XX", *where]) == 2
    assert 'no bar of "XX" is stored' in capsys.readouterr().err


def test_all_of_a_first_batch_refused_is_an_error(tmp_path: Path) -> None:
    """Nothing to begin with stops the night, and leaves the rows in quarantine."""
    root = project(tmp_path / "bad")
    write(root, lambda table: table.assign(close=-1.0))
    with pytest.raises(errors.SourceError, match="all 1,680 rows were refused"):
        taken(root)
    assert len(waiting(root)) >= 1680
    assert steps.STEPS[0].name == "ingest"


def test_each_failed_symbol_is_told_of_once_and_in_a_handful_of_lines() -> None:
    """A note on one symbol hides no other's failure, and 500 failures give ten lines and their number."""
    failed = (("A", "no such file"), ("AAPL", "no answer"))
    batch = Batch("", pd.DataFrame(), 0, "csv", ("AAPL: nothing from csv (no answer)",), lambda _: [], failed)
    told = replace(batch, noted=frozenset({"AAPL"}))
    assert _failure_notes(told) == ("A could not be read: no such file",)
    many = tuple((f"S{number}", "no answer") for number in range(500))
    lines = _failure_notes(replace(batch, notes=(), failed=many))
    assert len(lines) == 11
    assert lines[0] == "S0 could not be read: no answer"
    assert lines[-1] == "and 490 more symbols could not be read"
    live = with_failures(replace(batch, notes=()), many)
    assert (len(live.notes), _failure_notes(live)) == (11, ())


def test_rows_carried_forward_are_counted_and_not_stored(tmp_path: Path) -> None:
    """A file whose weekends were filled in has bars on weekdays alone, and says how many rows are none."""
    root, prices = project(tmp_path), market()
    fridays = prices[prices["session"].dt.day_of_week == 4]
    flat = fridays.assign(volume=0.0, **dict.fromkeys(("open", "high", "low"), fridays["close"]))
    fills = [flat.assign(session=flat["session"] + pd.Timedelta(days=ahead)) for ahead in (1, 2)]
    as_csv(pd.concat([prices, *fills], ignore_index=True)).to_csv(root / "prices.csv", index=False)
    result, count = taken(root), 2 * len(fridays)
    assert (result.received, result.accepted, result.carried) == (len(prices) + count, len(prices), count)
    assert f"{count} rows on Saturdays and Sundays repeat the close before and are no bars" in result.notes
    stored = Store(root / "data").read(PRICES, "toy")
    assert set(stored["session"].dt.day_of_week) == {0, 1, 2, 3, 4}
