"""The folder of a retraining's work."""

from pathlib import Path

from morrow.panel import Panel
from morrow.steps.retrain.work_folder import PANEL, read_cutoff, save_panel


def test_a_folder_says_its_cutoff(panel: Panel, tmp_path: Path) -> None:
    """It is the panel's last session, and the panel comes back; a folder without one has none."""
    save_panel(panel, tmp_path / "work")
    assert str(read_cutoff(tmp_path / "work")) == str(panel.sessions[-1])
    assert Panel.load(tmp_path / "work" / PANEL).symbols == panel.symbols
    (tmp_path / "other").mkdir()
    assert read_cutoff(tmp_path / "other") is None
