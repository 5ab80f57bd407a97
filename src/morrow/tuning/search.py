"""Optuna search: trials run in single-threaded processes and share one persistent storage."""

import multiprocessing
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import optuna
import torch
from optuna.trial import FrozenTrial, TrialState
from threadpoolctl import threadpool_limits

from morrow import metrics, training
from morrow.backtest import scored_rows
from morrow.backtest.mixture_fit import REFERENCE_RECIPE, mix_networks
from morrow.child_processes import die_with_parent
from morrow.config import NetworkRecipe, Tune
from morrow.config.tune import RANGES
from morrow.errors import MorrowError, NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.tuning.folds import Fold

STARTED = 5  # trials before pruning starts
EPOCHS_OF_GRACE = 3
LOOK_S = 2.0
A_FOLD = 10_000  # step offset between folds in reports; exceeds the epochs of a fold
FINISHED = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.FAIL)
BEGUN = (*FINISHED, TrialState.RUNNING)

Report = Callable[["Trial"], None]
References = dict[Fold, FittedModel]  # regressions of folds, fitted once a process


@dataclass(frozen=True)
class Search:
    """The search space, the data and the storage of one search.

    Attributes:
        name: the study's name; an existing study with this name is resumed.
        storage: SQLAlchemy URL.
        panel: folder of the saved panel.
        folds: inner folds, oldest first.
        ranges: the ranges of the options.
        settings: settings to store in a fitted model, including the ``forecast`` section.
        seed: the seed of the sampler and of every training run.
    """

    name: str
    storage: str
    panel: Path
    folds: tuple[Fold, ...]
    ranges: Tune
    settings: Mapping[str, Any]
    seed: int


@dataclass(frozen=True)
class Trial:
    """A finished trial: its options, and its mean pinball loss on the scored sessions if it completed.

    ``state`` is "complete", "pruned" or "failed".
    """

    number: int
    state: str
    options: Mapping[str, Any]
    loss: float | None
    fold_losses: tuple[float, ...]
    seconds: float


def search(
    work: Search, trials: int, seconds: float, processes: int, report: Report = lambda _: None
) -> tuple[Trial, ...]:
    """Run or resume a study until it has ``trials`` finished trials or the time is up.

    Args:
        work: the search.
        trials: total number of finished trials, including those of earlier calls.
        seconds: time limit of this call; trials still running at the limit are completed.
        processes: number of concurrent trials.
        report: called once with every finished trial of the study, including those of earlier calls.

    Returns:
        All finished trials, by number.

    Raises:
        NightError: no trial completed.
    """
    study = _study(work, create=True)
    if not study.get_trials(deepcopy=False):
        study.enqueue_trial(_shipped_options(work))
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        study.tell(trial.number, state=TrialState.FAIL)  # left by a killed call
    reported: set[int] = set()

    def tell() -> list[FrozenTrial]:
        done: list[FrozenTrial] = study.get_trials(deepcopy=False, states=FINISHED)
        for each in done:
            if each.number not in reported:
                reported.add(each.number)
                report(_trial(each))
        return done

    if len(tell()) < trials:
        _work_all(work, trials, seconds, processes, tell)
    finished = tuple(_trial(each) for each in sorted(tell(), key=lambda each: each.number))
    if not any(each.state == "complete" for each in finished):
        raise NightError(f"none of {len(finished)} trials was completed; give it more --minutes")
    return finished


def best(finished: Sequence[Trial]) -> Trial:
    """The completed trial with the lowest loss."""
    return min(
        (each for each in finished if each.loss is not None), key=lambda each: (each.loss, each.number)
    )


def _work_all(work: Search, trials: int, seconds: float, processes: int, tell: Callable[[], object]) -> None:
    context = multiprocessing.get_context("spawn")
    deadline = time.time() + seconds
    crew = [
        context.Process(target=_serve, args=(work, trials, deadline, place), daemon=True)
        for place in range(processes)
    ]
    for each in crew:
        each.start()
    try:
        while any(each.is_alive() for each in crew):
            crew[0].join(LOOK_S) if crew[0].is_alive() else time.sleep(LOOK_S)
            tell()
    finally:
        for each in crew:
            each.terminate()
            each.join()


def _serve(work: Search, trials: int, deadline: float, place: int) -> None:
    """Run trials one at a time until enough have started or the time is up."""
    die_with_parent()
    torch.set_num_threads(1)
    study = _study(work, place=place)
    panel, references = Panel.load(work.panel), References()
    with threadpool_limits(limits=1):
        while time.time() < deadline and len(study.get_trials(deepcopy=False, states=BEGUN)) < trials:
            study.optimize(
                lambda trial: _loss(trial, work, panel, references),
                n_trials=1,
                catch=(MorrowError,),
                gc_after_trial=False,
            )


def _study(work: Search, *, place: int = 0, create: bool = False) -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=work.seed + place, constant_liar=True)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTED, n_warmup_steps=EPOCHS_OF_GRACE)
    if create:
        return optuna.create_study(
            study_name=work.name, storage=work.storage, sampler=sampler, pruner=pruner, load_if_exists=True
        )
    return optuna.load_study(study_name=work.name, storage=work.storage, sampler=sampler, pruner=pruner)


def _loss(trial: optuna.Trial, work: Search, panel: Panel, references: References) -> float:
    """Mean over folds of the loss of :func:`measure_fold`.

    The weight of the networks is the best one, without proof: trials whose networks would not prove theirs
    would otherwise all have the regression's loss, and a search learns nothing from equals.
    """
    options = {"networks": work.ranges.networks, "proof": 0.0}
    recipe = NetworkRecipe(**_suggest_options(trial, work.ranges), **options)
    losses: list[float] = []
    for place, fold in enumerate(work.folds):

        def watch(epoch: dict[str, float], place: int = place) -> None:
            if epoch["network"] == 0:
                trial.report(epoch["stop_loss"], place * A_FOLD + int(epoch["epoch"]))
                if trial.should_prune():
                    raise optuna.TrialPruned

        losses.append(measure_fold(work, panel, recipe, fold, references, watch))
        trial.set_user_attr("folds", losses)
    return float(np.mean(losses))


def _shipped_options(work: Search) -> dict[str, Any]:
    """Options of the first trial: the shipped defaults, clipped to the ranges."""
    ranges, window = work.ranges, int(work.settings["forecast"]["window"])
    shipped = NetworkRecipe(kind=ranges.kinds[0])
    options: dict[str, Any] = {"kind": shipped.kind}
    for name in RANGES:
        low, high = getattr(ranges, name)
        value = getattr(shipped, name)
        options[name] = min(max(window if value is None else value, low), high)
    return options


def _suggest_options(trial: optuna.Trial, ranges: Tune) -> dict[str, Any]:
    return {
        "kind": trial.suggest_categorical("kind", ranges.kinds),
        "layers": trial.suggest_int("layers", *ranges.layers),
        "width": trial.suggest_int("width", *ranges.width, log=True),
        "dropout": trial.suggest_float("dropout", *ranges.dropout),
        "window": trial.suggest_int("window", *ranges.window),
        "rate": trial.suggest_float("rate", *ranges.rate, log=True),
        "weight_decay": trial.suggest_float("weight_decay", *ranges.weight_decay, log=True),
        "l1": trial.suggest_float("l1", *ranges.l1, log=True),
    }


def measure_fold(
    work: Search,
    panel: Panel,
    recipe: NetworkRecipe,
    fold: Fold,
    references: References,
    watch: training.Progress = lambda _: None,
) -> float:
    """Pinball loss of what the contest judges: a recipe's networks mixed with the regression.

    The networks are weighed on the first half of the fold's score sessions. The result is the mean loss of
    the log return on the second half, over all levels and steps, before calibration.

    Args:
        work: the search.
        panel: its panel.
        recipe: the trial's.
        fold: fit, stop and score sessions.
        references: regressions of earlier calls, to which the fold's is added.
        watch: called after every epoch.

    Raises:
        NightError: no symbol is eligible on one of the halves.
    """
    task = training.FitTask(
        name="trial",
        recipe=recipe,
        fit=fold.fit,
        stop=fold.stop,
        through=fold.stop[1] - 1 + panel.horizon,
        seed=work.seed,
        levels=tuple(work.settings["forecast"]["levels"]),
        window=int(work.settings["forecast"]["window"]),
        document=dict(work.settings),
    )
    middle = (fold.score[0] + fold.score[1]) // 2
    early = scored_rows(panel, (fold.score[0], middle - panel.horizon))
    late = scored_rows(panel, (middle, fold.score[1]))
    if not len(early) or not len(late):
        raise NightError("no symbol is eligible on the score sessions of an inner fold; lower [tune].folds")
    model = training.fit(panel, task, watch).fitted
    if fold not in references:
        whole = replace(task, recipe=REFERENCE_RECIPE, fit=(0, fold.stop[1]), stop=None)
        references[fold] = training.fit(panel, whole).fitted
    rows, known = np.concatenate([early, late]), panel.target[early].astype(np.float64)
    quantiles, unit = mix_networks(model, references[fold], panel, rows, known).answer
    answered = (quantiles * unit[..., None])[len(early) :].astype(np.float64)
    actual = panel.target[late].astype(np.float64)
    happened = np.isfinite(actual)
    return float(metrics.pinball(answered[happened], actual[happened], np.asarray(task.levels)).mean())


def _trial(frozen: FrozenTrial) -> Trial:
    names = {TrialState.COMPLETE: "complete", TrialState.PRUNED: "pruned", TrialState.FAIL: "failed"}
    took = frozen.duration.total_seconds() if frozen.duration else 0.0
    return Trial(
        number=frozen.number,
        state=names[frozen.state],
        options=dict(frozen.params),
        loss=frozen.value if frozen.state == TrialState.COMPLETE else None,
        fold_losses=tuple(frozen.user_attrs.get("folds", ())),
        seconds=took,
    )
