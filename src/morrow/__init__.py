"""morrow: a nightly pipeline that retrains, judges and exports price forecasts."""

import importlib
from typing import Any

__version__ = "0.1.0"
__all__ = ["load_forecasts"]


def __getattr__(name: str) -> Any:
    """Import what a consumer calls when it is first named: every room imports this module, and it none."""
    if name == "load_forecasts":
        return importlib.import_module("morrow.export").load_forecasts
    raise AttributeError(f'module "morrow" has no attribute "{name}"')
