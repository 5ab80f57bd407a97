"""Imports what the gate needs while the source is being read, on a night that will need it."""

import importlib
from pathlib import Path
from threading import Thread

from morrow.frames import PRICES
from morrow.steps.context import Night

_SLOW = ("morrow.checks", "exchange_calendars")


def import_ahead(night: Night) -> None:
    """Start to import the gate's libraries, unless the source is older than the stored prices.

    The first user waits until the import ends; a night without new prices does not import them.
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
