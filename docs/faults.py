"""Write the page on faults from its template and from the limits that decide.

``python docs/faults.py`` writes ``docs/faults.md``. Numbers stand in ``docs/faults_template.md`` as
``{rule.limit}``, with ``_percent`` for a share and ``_rise`` for the rise that undoes such a fall. They come
from ``expectations/raw.json``, and ``{level_changes.unit_sessions}`` and the like from the code.
"""

import json
from pathlib import Path
from types import SimpleNamespace

from morrow.checks.measures import bare_splits, swaps
from morrow.steps.intake import level_changes

PROJECT = Path(__file__).resolve().parents[1]
TEMPLATE, PAGE = Path("docs", "faults_template.md"), Path("docs", "faults.md")
NOTE = "<!-- Written by python docs/faults.py from faults_template.md and the suite: change those. -->\n"


def read_limits(project: Path) -> dict[str, SimpleNamespace]:
    """The limits of each rule of the raw gate by its name with underscores, and of three modules."""
    suite = json.loads((project / "expectations" / "raw.json").read_text(encoding="utf-8"))
    limits: dict[str, dict[str, str]] = {}
    for entry in suite["expectations"]:
        rule = limits.setdefault(entry["meta"]["rule"].replace(" ", "_").replace("-", "_"), {})
        for name, value in entry["kwargs"].items():
            if isinstance(value, int | float):
                rule |= _write(name, value)
    for module in (level_changes, bare_splits, swaps):
        rule = limits.setdefault(module.__name__.rpartition(".")[2], {})
        for name, value in vars(module).items():
            if name.isupper() and isinstance(value, int | float):
                rule |= _write(name.lower(), value)
    return {name: SimpleNamespace(**values) for name, values in limits.items()}


def write_page(project: Path) -> str:
    """The page with every number filled in."""
    template = (project / TEMPLATE).read_text(encoding="utf-8")
    return NOTE + template.format(**read_limits(project))


def _write(name: str, value: float) -> dict[str, str]:
    """A limit as it is, with a quarter more, as a share, and as the rise that undoes such a fall."""
    texts = {
        name: f"{value:,g}",
        f"{name}_more": f"{1.25 * value:g}",
        f"{name}_percent": f"{100 * value:g} %",
    }
    if 0 < value < 1:
        texts[f"{name}_rise"] = f"{100 / (1 - value) - 100:.0f} %"
    return texts


if __name__ == "__main__":
    (PROJECT / PAGE).write_text(write_page(PROJECT), encoding="utf-8")
