"""Make a recorded training again from its data version, options and seed, and compare the results.

Nothing is registered, promoted or written to the store.
"""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

import pandas as pd

from morrow import backtest, fitted_model, training
from morrow.backtest import Job, Result
from morrow.errors import RegistryError, UserError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.registry import RunRecord
from morrow.steps.context import Night
from morrow.steps.feature_selection import identify_module
from morrow.steps.lineage import describe_environment
from morrow.steps.retrain.reproduction_record import (
    FILE,
    ReproductionRecord,
    describe_configuration,
    read_record,
    restore_configuration,
)
from morrow.steps.retrain.run_pages import collect_metrics
from morrow.steps.retrain.train import folds_of, make_jobs, parts_of
from morrow.steps.retrain.work_folder import save_panel
from morrow.workbench.model_differences import (
    compare_losses,
    compare_metrics,
    compare_models,
    find_changes,
)

RELATIVE = ("train_s", "skill_", "dm_p_", "networks_skill_")  # of time, or of other recipes as well
FILES = (fitted_model.DOCUMENT, fitted_model.WEIGHTS, backtest.LOSSES)  # of a recipe's run
REFIT = "refit"


@dataclass(frozen=True)
class RecipeReproduction:
    """One recipe trained again.

    Attributes:
        recipe: its name.
        run_id: the run that it is compared with.
        weights: number of fitted values of the model before the refit.
        version: that the run registered, refitted again too; None if it registered none.
        differences: in sentences; empty if both are equal to the bit.
    """

    recipe: str
    run_id: str
    weights: int
    version: str | None
    differences: tuple[str, ...]


@dataclass(frozen=True)
class Reproduction:
    """A night's training made again.

    Attributes:
        universe, cutoff, as_of, data_version: of the record, dates in ISO.
        recipes: those that were asked for.
        causes: what was otherwise then, which can explain a difference.
        changes: recorded options that the configuration has otherwise today; the recorded ones were used.
        seconds: that the trainings took.
    """

    universe: str
    cutoff: str
    as_of: str
    data_version: str
    recipes: tuple[RecipeReproduction, ...]
    causes: tuple[str, ...]
    changes: tuple[str, ...]
    seconds: float

    @property
    def is_identical(self) -> bool:
        """Whether every weight, setting, loss and metric is that of the run."""
        return not any(each.differences for each in self.recipes)


def reproduce(night: Night, run: RunRecord) -> Reproduction:
    """Train a run's recipe again, or all of a night's if the run is the night's own.

    Args:
        night: of the run's universe, with today's configuration; its ``as_of`` is not used.
        run: on record.

    Raises:
        UserError: the run has no record of its inputs, or these are gone.
        NightError: a training failed.
    """
    record = _find_record(night, run)
    past = replace(night, config=restore_configuration(night.config, record), as_of=record.as_of)
    market = past.market.without(record.held)
    panel, began = market.panel(), perf_counter()
    causes = _find_causes(past, record)
    with _temporary_folder(past) as folder:
        save_panel(panel, folder)
        jobs = make_jobs(past, folder, panel)
        asked = _choose(jobs, run, record)
        finished, failed = backtest.run_folds(
            _add_members(asked, record),
            folds_of(past, panel),
            past.config.training.processes,
            lambda name, facts: night.tell("epoch", {"recipe": name, **facts}),
        )
        results = failed | {each.name: each for each in finished}
        compared = [_compare(past, panel, run, job.name, results[job.name], folder) for job in asked]
        causes += _find_budgets(finished)
    today = describe_configuration(night.config, night.universe)
    return Reproduction(
        universe=record.universe,
        cutoff=str(record.cutoff),
        as_of=str(record.as_of),
        data_version=record.data_version,
        recipes=tuple(compared),
        causes=tuple(causes),
        changes=tuple(find_changes(record.configuration, today)),
        seconds=perf_counter() - began,
    )


def _find_record(night: Night, run: RunRecord) -> ReproductionRecord:
    try:
        file = night.registry.artifact(run.night, FILE)
    except RegistryError:
        raise UserError(
            f"run {run.run_id} has no {FILE} in its night's artifacts: it was made before morrow recorded "
            "what a training takes, or the file was deleted; a run of a later night can be reproduced"
        ) from None
    return read_record(file)


def _find_causes(past: Night, record: ReproductionRecord) -> list[str]:
    """What is otherwise than it was recorded: code, packages, machine, features and prices."""
    now = {**describe_environment(), "features_module": identify_module(past.config)}
    then = {**record.environment, "features_module": record.features_module}
    causes = find_changes(then, now)
    if past.market.data_version != record.data_version:
        causes.append(
            f"data_version was {record.data_version} and is {past.market.data_version}: the store no longer "
            f"gives the prices, membership or names that were known on {record.as_of}"
        )
    return causes


def _find_budgets(results: Sequence[Result]) -> list[str]:
    """Trainings whose length depends on how fast the machine is."""
    return [
        f"a time budget ended the training of {each.name}: its steps depend on the machine's speed"
        for each in results
        if any(course.ended == "budget" for course in training.courses(each.model.document))
    ]


def _choose(jobs: Sequence[Job], run: RunRecord, record: ReproductionRecord) -> list[Job]:
    """The jobs whose results are compared."""
    if run.failed or run.recipe in record.failed:
        raise UserError(f"run {run.run_id} is that of a training that failed, so it left nothing to compare")
    if run.recipe is None:
        return [job for job in jobs if job.name not in record.failed]
    chosen = [job for job in jobs if job.name == run.recipe]
    if not chosen:
        raise RegistryError(f'the record of run {run.run_id} has no recipe "{run.recipe}"')
    return chosen


def _add_members(asked: Sequence[Job], record: ReproductionRecord) -> list[Job]:
    """The jobs with those of ensembles' members that had not failed, each once."""
    jobs = [each for job in asked for each in (*job.members, job)]
    return list({job.name: job for job in jobs if job.name not in record.failed}.values())


@contextmanager
def _temporary_folder(night: Night) -> Iterator[Path]:
    """A folder among the universe's work that is removed at the end."""
    above = night.work("")
    above.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".reproduce-", dir=above))  # no night cleans up behind a dot
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _compare(
    night: Night, panel: Panel, run: RunRecord, name: str, result: Result | str, folder: Path
) -> RecipeReproduction:
    """Compare one recipe's result, or why there is none, with what is on record of it."""
    own = run if run.recipe else night.registry.find_run(run.recipes[name])
    if isinstance(result, str):
        return RecipeReproduction(name, own.run_id, 0, None, (f"it cannot be trained now: {result}",))
    files = {file: night.registry.artifact(own.run_id, file) for file in FILES}
    model = result.model
    differences = compare_models(fitted_model.load(files[fitted_model.DOCUMENT].parent), model)
    differences += compare_losses(pd.read_parquet(files[backtest.LOSSES]), result.losses)
    differences += compare_metrics(own.metrics, _measure(night, panel, result))
    versions = night.registry.versions(run.universe)
    version = next((each.version for each in versions if each.run_id == own.run_id), None)
    if version is not None:
        registered = fitted_model.load(night.registry.version(run.universe, version).folder)
        again = _refit(night, panel, result, folder / REFIT / name)
        differences += [f"version {version}: {each}" for each in compare_models(registered, again)]
    weights = sum(array.size for array in model.arrays.values())
    return RecipeReproduction(name, own.run_id, weights, version, tuple(differences))


def _measure(night: Night, panel: Panel, result: Result) -> dict[str, float]:
    """The metrics of a result that depend on no other recipe and no clock."""
    parts, levels = parts_of(night, panel), night.config.forecast.levels
    (row,) = backtest.leaderboard(panel, parts, [result], levels)
    return {name: value for name, value in collect_metrics(row).items() if not name.startswith(RELATIVE)}


def _refit(night: Night, panel: Panel, result: Result, folder: Path) -> FittedModel:
    """The recipe fitted on all sessions, as a version is, and read back from its files."""
    options = night.config.training
    settings = training.settings(night.config, night.universe)
    model = backtest.refit(panel, result, settings, options.seed, processes=options.processes)
    folder.mkdir(parents=True)
    fitted_model.save(model, folder)
    return fitted_model.load(folder)
