"""A retraining's folder of work: its panel, and the cutoff by which its age is counted in sessions."""

from datetime import date
from pathlib import Path

from morrow import atomic
from morrow.panel import Panel

PANEL, CUTOFF = "panel", "cutoff.txt"


def save_panel(panel: Panel, folder: Path) -> None:
    """Keep the panel for the training processes."""
    atomic.write_file(folder / CUTOFF, f"{panel.sessions[-1]}\n")
    with atomic.new_folder(folder / PANEL) as partial:
        panel.save(partial)


def read_cutoff(folder: Path) -> date | None:
    """The last session of the panel; None for a folder that never had one."""
    try:
        return date.fromisoformat((folder / CUTOFF).read_text(encoding="utf-8").strip())
    except (OSError, ValueError):
        return None
