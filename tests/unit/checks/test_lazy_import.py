"""Imports that leave out what is not used yet."""

import sys
from pathlib import Path

import pytest

from morrow.checks.lazy_import import import_without


def test_a_deferred_module_is_loaded_when_it_is_first_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To import it is not enough; its first attribute runs its code, once."""
    package = tmp_path / "charts_of_a_library"
    package.mkdir()
    (package / "__init__.py").write_text("from charts_of_a_library.bars import BARS\nLOADED = [1]\n")
    (package / "bars.py").write_text("BARS = 3\n")
    (tmp_path / "a_library.py").write_text(
        "import charts_of_a_library as charts\ndef draw():\n    return charts.BARS\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import_without("a_library", "charts_of_a_library")
    assert "charts_of_a_library.bars" not in sys.modules
    assert sys.modules["a_library"].draw() == 3
    deferred = sys.modules["charts_of_a_library"]
    assert "charts_of_a_library.bars" in sys.modules
    deferred.LOADED.append(2)
    assert sys.modules["a_library"].charts.LOADED == [1, 2]
    with pytest.raises(AttributeError, match="charts_of_a_library"):
        _ = deferred.absent
