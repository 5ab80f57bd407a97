"""A second folder as a target: the same files, each export whole or not at all, and the pointer last."""

import shutil
from pathlib import Path

from morrow import atomic
from morrow.errors import ExportError
from morrow.export.contents import MANIFEST
from morrow.export.targets.delivery import Delivery, read_revision
from morrow.export.verification import LATEST, verify


class FolderReceiver:
    """Copies exports into a folder."""

    def __init__(self, root: Path) -> None:
        """Set the folder that stands for the exports' folder."""
        self._root = root

    def list_held(self, universe: str) -> set[tuple[str, int]]:
        """Cutoff and revision of every export that lies there."""
        held = set()
        for folder in (self._root / universe).glob("????-??-??"):
            if (folder / MANIFEST).is_file():
                held.add((folder.name, read_revision(folder)))
        return held

    def receive(self, delivery: Delivery) -> None:
        """Copy an export with its earlier revisions, prove the copy, and move the pointer.

        Raises:
            ExportError: the folder cannot be written, or the copy differs.
        """
        target = self._root / delivery.universe / delivery.cutoff
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            atomic.restore_folders(target.parent)
            with atomic.replacing_folder(target) as fresh:
                shutil.copytree(delivery.folder, fresh, dirs_exist_ok=True)
            verify(target)
            pointer = delivery.folder.parent / LATEST
            if pointer.is_file() and f'"cutoff": "{delivery.cutoff}"' in pointer.read_text(encoding="utf-8"):
                atomic.write_file(target.parent / LATEST, pointer.read_bytes())
        except OSError as error:
            raise ExportError(
                f'folder "{self._root}" cannot be written: {error.strerror or error}; make room or grant '
                "write access"
            ) from None
