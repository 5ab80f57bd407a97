"""Columns beside symbols' closes that are their further fields, or symbols of their own."""

from pathlib import Path

import pandas as pd
import pytest

from morrow.errors import UndecidedError
from morrow.source_kinds import TableSource
from morrow.sources.tables.companion_choice import are_companions
from morrow.sources.tables.delimited_text import read_csv
from morrow.sources.tables.layout_choice import LayoutChoice, choose_layout
from morrow.sources.tables.table_sample import TableSample
from tests.files import read, write
from tests.vendor_bars import bars

OPTIONS = TableSource(kind="csv")


def is_decided(table: pd.DataFrame) -> bool:
    """Whether the columns are companions, without a question."""
    return are_companions(TableSample(read_csv(table.to_csv().encode(), "p.csv"), OPTIONS), "p.csv")


def question(table: pd.DataFrame) -> UndecidedError:
    """The question about a table."""
    with pytest.raises(UndecidedError) as caught:
        is_decided(table)
    return caught.value


def closes(*names: str) -> pd.DataFrame:
    """Closes of unrelated symbols, each on a level of its own."""
    return pd.DataFrame({name: bars(name, seed)["close"] * seed for seed, name in enumerate(names, 2)}).round(
        2
    )


@pytest.mark.parametrize(
    "names", [("S", "SMIN", "KO"), ("I", "IMAX", "KO"), ("A", "AOPEN", "KO"), ("A", "HIA")]
)
def test_symbols_whose_names_end_in_a_fields_word(names: tuple[str, ...], tmp_path: Path) -> None:
    """SMIN, IMAX and AOPEN are symbols beside S, I and A, whose bars they cannot belong to."""
    table = closes(*names)
    assert not is_decided(table)
    assert choose_layout(read_csv(table.to_csv().encode(), "p.csv"), OPTIONS, "p.csv") == LayoutChoice("wide")
    rows = read(write(tmp_path, table.to_csv()), layout="wide").rows
    for name in names:
        assert rows.loc[rows["symbol"] == name, "close"].tolist() == table[name].tolist()


def test_a_fields_word_without_a_joint_whose_values_fit_is_asked_about(tmp_path: Path) -> None:
    """AHIGH above A's closes is its high or a symbol; both answers read what they say."""
    table = bars()[["close", "high", "low", "volume"]].set_axis(["A", "AHIGH", "ALOW", "AVOL"], axis=1)
    asked = question(table)
    assert '"AHIGH" beside "A"' in str(asked)
    fields, wide, _ = asked.answers
    assert fields == 'layout = "fields"\ncolumns = { high = "HIGH", low = "LOW", volume = "VOL" }'
    assert wide == 'layout = "wide"\ngroups = ["A"]'
    path = write(tmp_path, table.to_csv())
    columns = {"high": "HIGH", "low": "LOW", "volume": "VOL"}
    rows = read(path, layout="fields", columns=columns).rows
    assert rows["symbol"].unique().tolist() == ["A"]
    for name, column in {"close": "A", "high": "AHIGH", "low": "ALOW", "volume": "AVOL"}.items():
        assert rows[name].tolist() == table[column].tolist()
    assert read(path, layout="wide", groups=["A"]).rows["symbol"].unique().tolist() == ["A"]


def test_prices_behind_a_joint_must_fit_the_closes() -> None:
    """A High above A's closes is read as its high; on the wrong side, or far away, it is asked about."""
    table = bars()[["close", "high", "low"]].set_axis(["A", "A High", "A Low"], axis=1)
    assert is_decided(table)
    swapped = table.rename(columns={"A High": "A Low", "A Low": "A High"})
    far = table.assign(**{"A High": table["A High"] * 2})
    for wrong in (swapped, far):
        answers = question(wrong).answers
        assert answers[0] == 'layout = "fields"\ncolumns = { high = "High", low = "Low" }'
        assert answers[1:] == ('layout = "wide"\ngroups = ["A"]', 'layout = "wide"')


def test_a_volume_that_is_none_by_its_values_is_asked_about() -> None:
    """AVOL beside A with the values of a price may be a symbol."""
    assert is_decided(bars()[["close", "volume"]].set_axis(["A", "AVOL"], axis=1))
    assert question(closes("A", "AVOL")).answers[-1] == 'layout = "wide"'
