"""Batches: what is asked for of a source, and what it no longer has."""

from datetime import date
from pathlib import Path

import pytest

from morrow import config, errors, sources
from tests.conftest import market
from tests.projects import as_csv, project


def test_a_listed_symbol_that_vanished_fails_alone_once_history_is_stored(tmp_path: Path) -> None:
    """Where everything is asked for, a name that is not there is a slip; later, a failure."""
    root = project(tmp_path)
    path = root / "morrow.toml"
    path.write_text(path.read_text() + 'symbols = ["S0", "S1", "S9"]\n')
    universe = config.load(path).universes["toy"]
    with pytest.raises(
        errors.SourceError, match=r'symbol "S9" is not in csv:prices\.csv; it has S0, S1, S2, S3'
    ):
        sources.fetch(universe, root, None)
    batch = sources.fetch(universe, root, None, start=date(2020, 1, 1))
    assert batch.failed == (("S9", "it is not in csv:prices.csv"),)
    assert set(batch.rows["symbol"]) == {"S0", "S1"}


def test_a_source_that_has_none_of_the_listed_symbols_is_refused(tmp_path: Path) -> None:
    """On a later night too: nothing would be left."""
    root = project(tmp_path)
    as_csv(market(1)).assign(symbol="X").to_csv(root / "prices.csv", index=False)
    path = root / "morrow.toml"
    path.write_text(path.read_text() + 'symbols = ["S0", "S1"]\n')
    with pytest.raises(errors.SourceError, match=r'symbol "S0" is not in csv:prices\.csv; it has X'):
        sources.fetch(config.load(path).universes["toy"], root, None, start=date(2020, 1, 1))
