"""Imports Great Expectations without a module that it does not need here, in half of the time."""

import gc
import importlib.util
import sys


def import_without(name: str, deferred: str) -> None:
    """Import a module, but load another one that it imports only when that one is first used.

    Args:
        name: what to import. Garbage collection is off meanwhile: the import makes half a million objects
            that stay.
        deferred: a module that is not used during the import.
    """
    if deferred not in sys.modules:
        _defer(deferred)
    collecting = gc.isenabled()
    gc.disable()
    try:
        importlib.import_module(name)
    finally:
        if collecting:
            gc.enable()


def _defer(name: str) -> None:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.loader is None:
        return
    spec.loader = importlib.util.LazyLoader(spec.loader)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
