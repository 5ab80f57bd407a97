"""The search for a network's options: on inner folds, every trial logged, the best as a recipe file."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from morrow import atomic, training, tuning
from morrow.config import NetworkRecipe, identity
from morrow.errors import ConfigError
from morrow.frames import content_version
from morrow.registry import TrialRun
from morrow.steps.context import Night
from morrow.steps.lineage import code_version
from morrow.steps.retrain.train import folds_of
from morrow.steps.retrain.work_folder import PANEL, save_panel
from morrow.tuning import Search, Trial

STORAGE = "tuning.db"


@dataclass(frozen=True)
class SearchResult:
    """Search results.

    Attributes:
        study: its name in the storage and in MLflow.
        trials: finished ones; ``complete``, ``pruned`` and ``failed`` of them.
        loss: the best one's mean pinball of the log return on the inner folds' score sessions.
        options: the best one's.
        file: the recipe that was written.
        run_id: MLflow's parent run.
    """

    study: str
    trials: int
    complete: int
    pruned: int
    failed: int
    loss: float
    options: Mapping[str, Any]
    file: Path
    run_id: str


def tune(night: Night, trials: int, minutes: float, name: str) -> SearchResult:
    """Search, and write the best recipe to ``recipes/NAME.toml``.

    Raises:
        ConfigError: there is a recipe file of that name that no search wrote.
        HistoryError: the history is too short for the inner folds.
        NightError: no trial was completed.
    """
    file = night.config.root / "recipes" / f"{name}.toml"
    _refuse_foreign(file)
    with night.alone():
        work = _search(night)
        registry = night.registry
        run_id = registry.open_tuning(night.universe, work.name, work.ranges.model_dump(mode="json"))

        def log_trial(trial: Trial) -> None:
            night.tell("trial", asdict(trial))
            child = TrialRun(trial.number, trial.state, trial.options, _numbers(trial))
            registry.log_trial(night.universe, run_id, child)

        trials_done = tuning.search(work, trials, 60 * minutes, night.config.training.processes, log_trial)
        chosen = tuning.best(trials_done)
        options = {**chosen.options, "trials": len(trials_done)}
        _write(file, name, work.name, options, chosen)
        registry.close_tuning(run_id, {"loss": chosen.loss or 0.0, "trials": len(trials_done)}, file)
    count = {
        state: sum(each.state == state for each in trials_done) for state in ("complete", "pruned", "failed")
    }
    return SearchResult(
        work.name,
        len(trials_done),
        **count,
        loss=chosen.loss or 0.0,
        options=options,
        file=file,
        run_id=run_id,
    )


def _search(night: Night) -> Search:
    """The search on tonight's panel; the same data and ranges go on with the same study."""
    config, panel = night.config, night.market.panel()
    folds = tuning.inner_folds(folds_of(night, panel)[0], panel.horizon, config.tune.folds)
    facts = {
        "data": content_version(night.market.bars),
        "code": code_version(),
        "seed": config.training.seed,
        **{name: getattr(config, name).model_dump(mode="json") for name in ("forecast", "time", "tune")},
    }
    study = f"{night.universe}-{panel.sessions[-1]}-{identity(facts)}"
    folder = night.work(f"tune-{identity(facts)}")
    if not (folder / PANEL).exists():
        save_panel(panel, folder)
    artifacts = config.registry.artifacts
    beside = night.work("").parent if "://" in artifacts else config.folder(artifacts).parent
    storage = beside / STORAGE
    storage.parent.mkdir(parents=True, exist_ok=True)
    return tuning.Search(
        name=study,
        storage=f"sqlite:///{storage}",
        panel=folder / PANEL,
        folds=folds,
        ranges=config.tune,
        settings=training.settings(config, night.universe),
        seed=config.training.seed,
    )


def _numbers(trial: Trial) -> dict[str, float]:
    numbers = {"seconds": trial.seconds}
    numbers |= {f"fold_{place + 1}": loss for place, loss in enumerate(trial.fold_losses)}
    return numbers if trial.loss is None else {**numbers, "loss": trial.loss}


def _refuse_foreign(file: Path) -> None:
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f'cannot read "{file}": {error}') from None
    if not document.get("trials"):
        raise ConfigError(f'"{file}" was not written by a search and is left as it is; choose another --name')


def _write(file: Path, name: str, study: str, options: Mapping[str, Any], chosen: Trial) -> None:
    """Write the recipe whole or not at all."""
    NetworkRecipe(**options)
    lines = [
        f"# Recipe {name}: trial {chosen.number} of {options['trials']} of study {study}, mean pinball",
        f"# {chosen.loss:.8f} on inner folds. To let it compete, add it to [training].recipes.",
        *(f"{option} = {json.dumps(value)}" for option, value in options.items()),
    ]
    try:
        atomic.write_file(file, "\n".join(lines) + "\n")
    except OSError as error:
        raise ConfigError(f'"{file}" cannot be written: {error.strerror or error}') from None
