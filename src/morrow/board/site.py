"""Writes the pages of a universe as a folder that a reader sees whole, and the list of universes."""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import metadata, resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from morrow import __version__, atomic
from morrow.board.calibration import make_calibration
from morrow.board.champions import describe_champion
from morrow.board.contest import make_contest
from morrow.board.data import make_data
from morrow.board.facts import Facts
from morrow.board.file_names import make_file_name
from morrow.board.pages import Page, count
from morrow.board.runs import make_runs
from morrow.board.symbols import make_symbols
from morrow.board.tonight import find_needs, make_tonight

ASSETS, SUMMARY, INDEX = "_assets", "summary.json", "index.html"  # no universe's name has an underscore
SUMMED_UP = {
    "universe",
    "cutoff",
    "symbols",
    "champion",
    "needs",
    "written",
}  # of a universe, on the first page
PLOTLY = "plotly.min.js"
TABS = (
    ("index.html", "Tonight"), ("symbols.html", "Symbols"), ("contest.html", "Contest"),
    ("calibration.html", "Calibration"), ("data.html", "Data"), ("runs.html", "Runs"),
)  # fmt: skip
MAKERS = {
    "index.html": make_tonight, "contest.html": make_contest, "calibration.html": make_calibration,
    "data.html": make_data, "runs.html": make_runs,
}  # fmt: skip


def write_universe(facts: Facts, root: Path) -> Path:
    """Write or replace a universe's pages, the assets that they share, and the list of universes.

    Args:
        facts: of the universe.
        root: folder of the board.

    Returns:
        The universe's first page.

    Raises:
        OSError: the folder cannot be written; what was there before is unchanged.
    """
    texts = _render_universe(facts)
    root.mkdir(parents=True, exist_ok=True)
    with atomic.locking_folder(root):  # two universes may be written at once
        _write_assets(root / ASSETS)
        atomic.restore_folders(root)
        with atomic.replacing_folder(root / facts.universe) as fresh:
            for address, text in texts.items():
                file = fresh / address
                file.parent.mkdir(exist_ok=True)
                file.write_text(text, encoding="utf-8", errors="replace")
        _write_index(root)
    return root / facts.universe / INDEX


def _render_universe(facts: Facts) -> dict[str, str]:
    """Every file of the universe's folder by its address."""
    pages = {address: make(facts) for address, make in MAKERS.items()} | make_symbols(facts)
    texts: dict[str, str] = {}
    for address, page in pages.items():
        texts[address] = _render(facts, address, page)
        texts |= page.files
    texts["symbols.js"] = _list_symbols(facts)
    texts[SUMMARY] = json.dumps(_sum_up(facts))
    return texts


def _render(facts: Facts, address: str, page: Page) -> str:
    first = address.partition("/")[0]
    tab = next(
        (name for target, name in TABS if target.removesuffix(".html") == first.removesuffix(".html")), ""
    )
    text = (
        _templates()
        .get_template(page.template)
        .render(
            page=page.values,
            title=page.title,
            universe=facts.universe,
            unit=facts.unit,
            share=facts.share,
            horizon=facts.horizon,
            cutoff=facts.cutoff,
            commands=facts.commands,
            written=f"{facts.now:%Y-%m-%d %H:%M}",
            version=__version__,
            root="../" * address.count("/"),
            tabs=TABS,
            tab=tab,
            with_charts=True,
        )
    )
    return re.sub(r"\n\s*\n+", "\n", text) + "\n"


def _list_symbols(facts: Facts) -> str:
    """A script with every symbol and its page, for the search: pages on a disk may not fetch a file."""
    names = [[name, f"symbols/{make_file_name(name)}.html"] for name in facts.symbols()]
    return f"var SYMBOLS = {json.dumps(names)};\n"


def _sum_up(facts: Facts) -> Mapping[str, Any]:
    champion = describe_champion(facts)
    needs = sum(1 for _ in find_needs(facts))
    return {
        "universe": facts.universe,
        "cutoff": facts.cutoff,
        "symbols": count(len(facts.symbols()), "symbol"),
        "champion": champion["name"] if champion else "none yet",
        "needs": count(needs, "thing") if needs else "",
        "written": f"{facts.now:%Y-%m-%d %H:%M}",
    }


def _write_index(root: Path) -> None:
    universes = [
        summary
        for file in sorted(root.glob(f"[!._]*/{SUMMARY}"))
        if (summary := _read_summary(file)).keys() >= SUMMED_UP
    ]
    text = _templates().get_template("index.html").render(universes=universes)
    atomic.write_file(root / INDEX, text + "\n")


def _read_summary(file: Path) -> dict[str, Any]:
    """What a universe's summary says; nothing where it is broken, until its own night writes it again."""
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return summary if isinstance(summary, dict) else {}


def _write_assets(folder: Path) -> None:
    """Write the assets that are not there as they are now."""
    own = resources.files("morrow.board") / "static"
    for name, content in (
        ("board.css", (own / "board.css").read_bytes()),
        ("board.js", (own / "board.js").read_bytes()),
        (PLOTLY, _find_plotly().read_bytes()),
    ):
        file = folder / name
        if not file.exists() or file.read_bytes() != content:
            atomic.write_file(file, content)


def _find_plotly() -> Path:
    """Plotly's script in the installed package, which is not imported for it."""
    return Path(str(metadata.distribution("plotly").locate_file(f"plotly/package_data/{PLOTLY}")))


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("morrow.board"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
