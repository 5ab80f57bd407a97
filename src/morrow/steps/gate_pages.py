"""Pages of the gates' runs: one folder per universe and night, and only the newest nights are kept."""

import shutil
from collections.abc import Mapping
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from morrow import atomic
from morrow.steps.context import Night
from morrow.steps.results import Gate, Results, list_gates

if TYPE_CHECKING:
    from morrow.checks import Suite, Verdict

KEPT_NIGHTS = 30
ENDING = ".html"


def suite(night: Night, gate: str) -> "Suite":
    """The gate's suite, from the local folder if it has one.

    Raises:
        ConfigError: it cannot be used.
    """
    from morrow import checks  # noqa: PLC0415 (three seconds)

    return checks.load_suite(gate, night.config.folder(night.config.paths.expectations))


def keep(
    night: Night,
    verdict: "Verdict",
    gate: str,
    day: date,
    *,
    facts: Mapping[str, str] | None = None,
    ids: Mapping[int, str] | None = None,
) -> Gate:
    """Render a verdict and keep its page; one that cannot be written, or is not to be, stops nothing.

    Args:
        night: of one universe.
        verdict: what the gate decided.
        gate: raw, panel, features, forecasts or refit (the forecasts of a version before it is registered).
        day: the as_of or cutoff that it was about.
        facts: what else should stand at the head of the page.
        ids: of a raw batch: what a person types for each refused row.
    """
    from morrow.checks import pages  # noqa: PLC0415

    named = "forecasts" if gate == "refit" else gate
    own = night.config.folder(night.config.paths.expectations) / f"{named}.json"
    subject = pages.Subject(
        gate=gate,
        universe=night.universe,
        day=str(day),
        now=night.now,
        suite=_relative(own, night.config.root) if own.exists() else f"{named}.json, as it ships",
        facts=tuple((facts or {}).items()),
        ids=ids or {},
    )
    file = night.config.folder(night.config.paths.gates) / night.universe / str(day) / f"{gate}{ENDING}"
    written = night.keeps_pages and _write(file, pages.render(verdict, subject))
    return Gate(
        gate=gate,
        passed=verdict.passed,
        refused=int(verdict.refusals["row"].nunique()),
        warnings=len(verdict.warnings),
        stops=len(verdict.stops),
        page=_relative(file, night.config.root) if written else "",
    )


def example_rows(verdict: "Verdict") -> list[int]:
    """Numbers of the rows that a verdict's page shows."""
    rows = {each.row for outcome in verdict.outcomes for each in outcome.examples}
    return sorted(row for row in rows if row is not None)


def page_hint(gate: Gate) -> str:
    """Where to see a gate's run, to be put behind a message; empty if there is no page."""
    return f"; see {gate.page}" if gate.page else ""


def copy_pages(night: Night, results: Results, cutoff: date, folder: Path) -> None:
    """Copy the night's pages into a folder that is to be logged, with those of a run that was killed."""
    own = night.config.folder(night.config.paths.gates) / night.universe / str(cutoff)
    pages = {page.name: page for page in own.glob(f"[!.]*{ENDING}")}
    for gate in list_gates(results):
        if gate.page:
            page = night.config.root / gate.page
            pages[page.name] = page
    for name, page in pages.items():
        if page.exists():
            folder.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(page, folder / name)


def attach(night: Night, gate: Gate, run_id: str) -> None:
    """Put a page beside those that a finished retraining has logged.

    Raises:
        RegistryError: the registry cannot be written.
    """
    if gate.page:
        night.registry.attach(run_id, night.config.root / gate.page, "gates")


def _write(file: Path, text: str) -> bool:
    try:
        atomic.write_file(file, text)
        _forget(file.parent.parent)
    except OSError:
        return False
    return True


def _forget(folder: Path) -> None:
    """Remove the pages of the nights that were written longest ago, and nothing else that lies there."""
    from morrow.checks import pages  # noqa: PLC0415 (three seconds)

    written: list[tuple[float, list[Path]]] = []
    for night in folder.iterdir():
        own = [page for gate in pages.TITLES if (page := night / f"{gate}{ENDING}").is_file()]
        if own:
            written.append((night.stat().st_mtime, own))
    for _, own in sorted(written)[:-KEPT_NIGHTS]:
        with suppress(OSError):
            for page in own:
                page.unlink()
            own[0].parent.rmdir()


def _relative(path: Path, root: Path) -> str:
    return (path.relative_to(root) if path.is_relative_to(root) else path).as_posix()
