"""Sources register themselves: one file in the folder, and nothing else names it."""

import subprocess
import sys
from pathlib import Path
from typing import Literal

import pytest

from morrow.source_kinds import SourceOptions, live_kinds, source, source_kinds

PLANTED = '''
"""A source that has one bar of each symbol."""

from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
import pyarrow as pa

from morrow.source_kinds import BaseUrl, LiveSource, TableSource, source
from morrow.sources.batch import ContentReader
from morrow.sources.symbol_by_symbol import Probe
from morrow.sources.tables.block_assembly import assemble
from morrow.sources.tables.raw_block import RawBlock


@source
class PlantedSource(LiveSource):
    """One bar of each symbol."""

    symbols_help: ClassVar[str] = "Symbols of the planted source."

    kind: Literal["planted"]
    base_url: BaseUrl = "https://planted.example"
    price: float = 7.0

    def open(self, root: Path, replies: object) -> ContentReader:
        columns = (pa.chunked_array([["2024-01-02"]]), pa.chunked_array([[self.price]]))
        table = RawBlock(("date", "close"), columns, np.arange(1))
        content = assemble("0", table, TableSource(kind="planted"), "planted", "A")
        return ContentReader("planted", lambda _: content)

    def probe(self, symbols: tuple[str, ...]) -> Probe:
        return Probe("2020-01-02", "2024-01-02", "observed", "USD")
'''
SCRIPT = """
import sys
from pathlib import Path
import morrow.sources
morrow.sources.__path__.append(sys.argv[1])
from morrow import config
from morrow.cli import main
folder = Path(sys.argv[2])
assert main(["init", str(folder), "--planted", "A"]) == 0
universe = config.load(folder / "morrow.toml").universes["planted"]
print(morrow.sources.fetch(universe, folder).rows["close"].tolist())
(folder / "morrow.toml").write_text(
    '[universes.x]\\ncalendar = "observed"\\nsource = { kind = "planted", prise = 1 }')
try:
    config.load(folder / "morrow.toml")
except config.loading.ConfigError as error:
    print(error)
"""


def test_a_planted_file_is_a_source(tmp_path: Path) -> None:
    """A file beside the others gives a configuration, strict keys, bars and an option of ``init``."""
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "planted.py").write_text(PLANTED)
    command = [sys.executable, "-c", SCRIPT, str(tmp_path / "sources"), str(tmp_path / "out")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    bars, complaint = result.stdout.splitlines()[-2:]
    assert bars == "[7.0]"
    assert complaint == 'unknown key "universes.x.source.prise" in morrow.toml; did you mean "price"?'


def test_every_kind_is_found() -> None:
    """The files of the folder give these kinds, in the order of their names."""
    assert list(source_kinds()) == ["bundled", "csv", "ecb", "excel", "parquet", "sql", "tiingo", "yahoo"]
    assert list(live_kinds()) == ["ecb", "tiingo", "yahoo"]


def test_a_kind_belongs_to_one_source() -> None:
    """A second class of a kind that is taken is an error that names both."""

    class Second(SourceOptions):
        kind: Literal["csv"]

    with pytest.raises(ValueError, match="Second: another source is of kind csv"):
        source(Second)


def test_the_configuration_imports_no_vendors_library() -> None:
    """Reading the configuration imports neither yfinance, curl_cffi, httpx nor SQLAlchemy."""
    libraries = {"yfinance", "curl_cffi", "httpx", "sqlalchemy"}
    script = f"import sys, morrow.config; print({libraries} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "set()"


def test_the_reference_lists_every_source() -> None:
    """The table of sources in the reference is that of the registry, and every option is named there."""
    text = (Path(__file__).parents[2] / "docs" / "reference.md").read_text(encoding="utf-8")
    for kind, section in source_kinds().items():
        summary = (section.__doc__ or "").splitlines()[0].replace("``", "`")
        assert f'| `"{kind}"` | {summary} |\n' in text
        for option in section.model_fields:
            assert f"`{option}`" in text or f"{option} = " in text
    for section in live_kinds().values():
        assert section.model_fields["base_url"].default in text
