"""Imports Great Expectations without modules that it does not need here, in half of the time."""

import gc
import importlib.util
import sys
from types import ModuleType
from typing import Any


class _DeferredModule(ModuleType):
    """A module that is loaded when an attribute is first missed; to import it is not enough."""

    def __getattr__(self, name: str) -> Any:
        spec = self.__spec__
        self.__class__ = ModuleType  # type: ignore[assignment]  # from here on an ordinary module
        if spec is not None and spec.loader is not None:
            spec.loader.exec_module(self)
        return getattr(self, name)


def import_without(name: str, *deferred: str) -> None:
    """Import a module, but load some others that it imports only when they are first used.

    Args:
        name: what to import. Garbage collection is off meanwhile: the import makes half a million objects
            that stay.
        deferred: modules that are not used during the import.
    """
    for each in deferred:
        if each not in sys.modules:
            _defer(each)
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
    module = _DeferredModule(name)
    module.__dict__.update(importlib.util.module_from_spec(spec).__dict__)
    sys.modules[name] = module
    parent, _, child = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], child, module)
