"""A project with three registered versions and the ledger of how they came to reign, made without a night."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import pytest

from morrow.fitted_model import REQUIRED, FittedModel, save
from morrow.registry import Registry
from morrow.steps.ledger_agreement import follow_ledger
from morrow.store.ledger import LedgerEntry, append_entry
from tests.projects import NOW, night, project
from tests.registries import ANSWER, PRICES, recipe

FIRST = date(2021, 8, 1)


@contextmanager
def die_before_aliases_move() -> Iterator[None]:
    """Interrupt whatever runs inside at the moment at which it would move the champion's alias."""

    def interrupt(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Registry, "promote", interrupt)
        yield


def make_reigns(root: Path) -> Path:
    """Versions 1 (ewma), 2 and 3 (lstm) of the universe ``toy``, of which 3 reigns."""
    project(root)
    for number, (name, decision) in enumerate(
        (("ewma", "promote"), ("lstm", "promote"), ("lstm", "refresh")), start=1
    ):
        version = register_version(root, name, f"night {number}", FIRST + timedelta(days=number))
        assert version == str(number)
        decide_as_night(root, decision, version, name)
    return root


def register_version(root: Path, name: str, identity: str, cutoff: date, **document: object) -> str:
    """Register a model that fits the configuration, as a night with this identity."""
    tonight = night(root)
    each = recipe(root, name, epochs=0)
    save(FittedModel(_document(root, name) | document, {}), each.folder)
    runs = tonight.registry.log_night(
        "toy", identity, cutoff, tags={}, params={}, artifacts=each.folder, recipes=[each]
    )
    tags = {"recipe": name, "trained_through": str(cutoff), "data_version": f"data of {identity}"}
    return tonight.registry.register(
        "toy", each.folder, runs.recipes[name], tags=tags, input_example=PRICES, output_example=ANSWER
    )


def decide_as_night(root: Path, decision: str, version: str, name: str, *, moves: bool = True) -> None:
    """Put a version in the ledger as a night's decision, and move the aliases unless the night is killed."""
    tonight = night(root)
    before = tonight.registry.aliases("toy").champion
    entry = LedgerEntry(
        universe="toy",
        as_of=FIRST + timedelta(days=int(version)),
        entry=f"night {version}",
        decision=decision,  # type: ignore[arg-type]
        champion_before=None if before is None else "before",
        version_before=before,
        champion_after=name,
        version_after=version,
        data_version="d",
        code_version="c",
        by="morrow",
        reason=f"reason {version}",
        recorded_at=NOW - timedelta(days=10 - int(version)),
    )
    append_entry(tonight.store, entry)
    if moves:
        follow_ledger(tonight)


def _document(root: Path, name: str) -> dict[str, object]:
    forecast = night(root).config.forecast.model_dump(mode="json")
    own = {"name": name, "universe": "toy", "calibration": None, "forecast": forecast, "features": []}
    return dict.fromkeys(REQUIRED, "x") | own
