"""Deliver exports to further targets: each gets what it lacks, and one that fails holds back no other.

What a target holds is asked of the target itself. So a target that was away gets every missed export from the
next run, and a new one gets all of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from morrow.config.targets import DeltaTarget, FolderTarget, Target
from morrow.errors import MorrowError, one_line
from morrow.export.contents import MANIFEST
from morrow.export.targets.delivery import Delivery, Receiver, read_revision

LONGEST_REASON = 300


@dataclass(frozen=True)
class Outcome:
    """What became of one target.

    Attributes:
        target: its name in the configuration.
        delivered: cutoffs that it got now.
        waiting: cutoffs that it still lacks.
        fault: why, in one line; empty if nothing waits.
    """

    target: str
    delivered: tuple[str, ...]
    waiting: tuple[str, ...] = ()
    fault: str = ""


def deliver(targets: Mapping[str, Target], exports: Path, root: Path) -> tuple[Outcome, ...]:
    """Deliver the newest revision of every export of a universe to each target that lacks it.

    Args:
        targets: their options by name.
        exports: folder of the universe's exports.
        root: folder that relative paths start from.
    """
    return tuple(_deliver_to(name, options, exports, root) for name, options in targets.items())


def _deliver_to(name: str, options: Target, exports: Path, root: Path) -> Outcome:
    here = dict(list_exports(exports))
    delivered: list[str] = []
    try:
        receiver = open_receiver(options, root)
        held = receiver.list_held(exports.name)
        for cutoff, revision in here.items():
            if (cutoff, revision) not in held:
                receiver.receive(Delivery.read(exports / cutoff))
                delivered.append(cutoff)
    except Exception as error:  # noqa: BLE001 (a fault in one target must not hold back the others)
        reason = str(error) if isinstance(error, MorrowError) else f"{type(error).__name__}: {error}"
        waiting = tuple(cutoff for cutoff in here if cutoff not in delivered)
        return Outcome(name, tuple(delivered), waiting, one_line(reason, LONGEST_REASON))
    return Outcome(name, tuple(delivered))


def list_exports(exports: Path) -> Iterator[tuple[str, int]]:
    """Cutoff and newest revision of each export of a universe, oldest first."""
    for folder in sorted(exports.glob("????-??-??")):
        if (folder / MANIFEST).is_file():
            yield folder.name, read_revision(folder)


def open_receiver(options: Target, root: Path) -> Receiver:
    """What delivers to a target of this kind.

    Raises:
        ExportError: it cannot be reached.
    """
    if isinstance(options, FolderTarget):
        from morrow.export.targets.folder import FolderReceiver  # noqa: PLC0415 (only what is configured)

        return FolderReceiver(root / options.path)
    if isinstance(options, DeltaTarget):
        from morrow.export.targets.delta import DeltaReceiver  # noqa: PLC0415

        return DeltaReceiver(options.path if "://" in options.path else str(root / options.path))
    from morrow.export.targets.database import DatabaseReceiver  # noqa: PLC0415

    return DatabaseReceiver(options, root)


__all__ = ["Outcome", "deliver", "list_exports"]
