"""Brings Great Expectations in without what it does not need here: half of the time that it takes."""

import gc
import importlib.util
import sys


def bring_in(name: str, without: str) -> None:
    """Import a module while another one that it imports waits until it is first used.

    Args:
        name: what to import. Nothing is collected meanwhile: it makes half a million objects that stay.
        without: a module of which nothing is looked up during the import.
    """
    if without not in sys.modules:
        _defer(without)
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
