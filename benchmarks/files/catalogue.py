"""All cases: importing this fills the registry."""

from benchmarks.files import (
    containers,
    formats,
    frames,
    headers,
    languages,
    notations,
    programs,
    refusals,
    vendors,
    wide,
)  # fmt: skip
from benchmarks.files.cases import REGISTRY

MODULES = (vendors, programs, languages, frames, notations, headers, wide, containers, formats, refusals)
NAMES = tuple(REGISTRY)
