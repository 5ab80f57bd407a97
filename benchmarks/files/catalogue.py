"""All cases: importing this fills the registry."""

from benchmarks.files import (
    containers,
    exports,
    formats,
    frames,
    headers,
    languages,
    notations,
    programs,
    refusals,
    shapes,
    vendors,
    wide,
)  # fmt: skip
from benchmarks.files.cases import REGISTRY

MODULES = (
    vendors,
    exports,
    programs,
    languages,
    frames,
    notations,
    headers,
    wide,
    containers,
    formats,
    refusals,
    shapes,
)
NAMES = tuple(REGISTRY)
