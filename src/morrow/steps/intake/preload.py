"""Imports what the gate needs while the source is being read, on a night that will need it."""

import importlib
from pathlib import Path
from threading import Thread

from morrow.frames import PRICES
from morrow.steps.context import Night

_SLOW = ("morrow.checks", "exchange_calendars")


def import_ahead(night: Night) -> None:
    """Begin to import the gate's libraries, unless the source is older than the stored prices.

    Whoever needs them first waits for the rest; a night with nothing new does without them.
    """
    if _may_have_new(night):
        Thread(target=_import, name="imports").start()


def _may_have_new(night: Night) -> bool:
    try:
        written = Path(night.store.uri(PRICES), "_delta_log").stat().st_mtime
    except OSError:
        written = float("inf")
    return night.options.source.may_have_changed(night.config.root, written)


def _import() -> None:
    for name in _SLOW:
        importlib.import_module(name)
