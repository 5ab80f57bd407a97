"""What the steps after the forecast return: its export, its scores, and what was cleaned up."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from morrow.export.targets import Outcome


@dataclass(frozen=True)
class ExportResult:
    """Where the export lies, relative to the folder of ``morrow.toml``, and which revision it is.

    ``targets`` is what became of each configured target.
    """

    path: str
    rows: int
    sha256: str
    written: bool
    revision: int = 1
    targets: "tuple[Outcome, ...]" = ()


@dataclass(frozen=True)
class MonitorResult:
    """Counts of forecasts by their state.

    Attributes:
        matured: scored tonight.
        scored: in all.
        ended: those of them whose symbol had ended, at its last price or terminal value.
        waiting: target session is over, but has neither a bar nor a recorded end of the symbol.
    """

    matured: int
    scored: int
    ended: int
    waiting: int


@dataclass(frozen=True)
class Cleaning:
    """What was removed of old retrainings.

    Attributes:
        runs: whose large files were removed.
        work: folders of work.
        size: of all of it, bytes.
    """

    runs: int
    work: int
    size: int
