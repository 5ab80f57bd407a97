"""Checks before a night begins: anything that would stop it later is found before anything is written."""

import os
from collections.abc import Collection
from pathlib import Path

from morrow import sessions, sources
from morrow.errors import ExportError, HistoryError
from morrow.frames import PRICES, QUARANTINE, REVISIONS, SCORES, forecasts_schema
from morrow.sources.carried_rows import without_carried
from morrow.sources.membership import read_spells
from morrow.steps.context import Night


def refuse_early(night: Night, steps: Collection[str]) -> None:
    """Check everything that the steps will need.

    Args:
        night: of one universe.
        steps: names of the steps that will be taken.

    Raises:
        StoreError: a table cannot be read.
        SourceError: a first ingest would find the source missing, unreadable or without what is wanted, or
            a membership table is wrong.
        HistoryError: a first ingest would bring too few bars to forecast from, or none up to ``as_of``.
        ConfigError: the calendar is not known.
        ExportError: exports cannot be written.
        RegistryError: the registry cannot be reached.
    """
    sessions.known_through(night.options.trading_calendar)  # which is refused here if there is none
    store = night.store
    empty = store.count(PRICES, night.universe) == 0
    for schema, column in (
        (forecasts_schema(night.config.forecast.levels), "cutoff"),
        (SCORES, "cutoff"),
        (QUARANTINE, "session"),
        (REVISIONS, "session"),
    ):
        store.signature(schema, night.universe, column)
    if "ingest" in steps and night.options.membership is not None:
        read_spells(night.options.membership, night.config.root)
    if "ingest" in steps and "forecast" in steps and empty:
        _refuse_short_history(night)
    if "export" in steps:
        _refuse_unwritable(night.config.folder(night.config.paths.exports) / night.universe)
    if "plan" in steps and (not empty or "ingest" in steps):
        _ = night.registry  # opened now, so that one that is away stops the night before it begins


def _refuse_short_history(night: Night) -> None:
    """Refuse a source in which no symbol has as many bars as its first forecast needs."""
    from morrow import panel  # noqa: PLC0415 (scikit-learn: for a first night only)

    batch = sources.fetch(night.options, night.config.root, night.as_of, raw=night.raw_replies)
    rows = without_carried(batch)[0].rows.dropna(subset=["symbol", "session"])
    most = int(rows.groupby("symbol")["session"].nunique().max()) if len(rows) else 0
    if most < panel.SHORTEST:
        raise HistoryError(
            f'universe "{night.universe}" has at most {most} bars of a symbol, and a first forecast needs '
            f"{panel.SHORTEST}; bring more history, or collect it night by night with: "
            f"{night.command_line('ingest')}"
        )


def _refuse_unwritable(folder: Path) -> None:
    """Refuse a folder that is a file, lies in one, or may not be written to."""
    nearest = folder
    while not nearest.exists():
        nearest = nearest.parent
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return
    why = "may not be written to" if nearest.is_dir() else "is a file"
    raise ExportError(
        f'export folder "{folder}" cannot be written: "{nearest}" {why}; '
        "move it away, grant write access or set another [paths].exports, then run again"
    )
