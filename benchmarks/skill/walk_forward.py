"""The walk over one universe: at each refit train, judge and refit as a night does, then answer its block."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.skill.blocks import Block
from benchmarks.skill.championship import Championship, best_baseline, decide_champion
from benchmarks.skill.figures import compute_figures
from benchmarks.skill.night_comparison import count_differences
from benchmarks.skill.participants import Participants
from benchmarks.skill.refit_panels import PANEL, RefitPanels, build_later_panel, build_refit_panels
from benchmarks.skill.refits import Task, answer_all, load_answers
from benchmarks.skill.scores import BEST, EWMA, GARCH, PICK, Scores, score
from benchmarks.skill.universe import BenchmarkUniverse, recipe_identity
from morrow import backtest, fitted_model, forecast, training
from morrow.backtest import Job, Result
from morrow.contest import Evidence, Refresh, Verdict
from morrow.errors import HistoryError, LeakError, NightError
from morrow.fitted_model import FittedModel
from morrow.panel import Panel
from morrow.steps.retrain.contest_record import make_look

Say = Callable[[str], None]
WAITS = 5  # sessions that a refit may wait for a gate, as a night would
Answers = NDArray[np.float32]


@dataclass(frozen=True)
class BlockAnswers:
    """What became of one block.

    Attributes:
        stage: its panels and due forecasts.
        results: of the recipes out of fold.
        answers: (E, H, Q) log returns on the eligible rows, of the recipes that were refitted.
        scores: their losses.
    """

    stage: RefitPanels
    results: Sequence[Result]
    answers: Mapping[str, Answers]
    scores: Scores


Watch = Callable[[BlockAnswers], None]


@dataclass
class Walk:
    """A walk on its way.

    Attributes:
        setting, participants: the universe, and who takes part.
        say: hears a line a refit.
        answering: recipes that are refitted and answer beside those that are judged; None for all.
        watch: hears every block's answers.
        championship: the champion so far.
        scores, picks: of the blocks so far.
        unlike, compared: forecasts that differ from the night's, and how many were compared.
    """

    setting: BenchmarkUniverse
    participants: Participants
    say: Say
    answering: frozenset[str] | None = None
    watch: Watch = field(default=lambda _: None)
    championship: Championship = field(default_factory=Championship)
    scores: list[Scores] = field(default_factory=list)
    picks: list[dict[str, Any]] = field(default_factory=list)
    unlike: int = 0
    compared: int = 0

    def go(self, blocks: Sequence[Block]) -> dict[str, Any]:
        """Walk, and return the universe's figures.

        Raises:
            HistoryError: no block can be judged.
            NightError, LeakError: as :meth:`block`.
        """
        skipped = []
        for number, block in enumerate(blocks, start=1):
            began, words = perf_counter(), f"refit {number} of {len(blocks)}"
            if reason := self._run_block(block):
                skipped.append(
                    {"cutoff": str(self.setting.sessions[block.cutoffs[0]])[:10], "reason": reason}
                )
                self.say(f"{words} is skipped: {reason}")
                continue
            self.say(f"{words} {self.so_far()}; {perf_counter() - began:.0f} s")
        if not self.scores:
            reason = skipped[-1]["reason"] if skipped else "there is no block"
            raise HistoryError(f'universe "{self.setting.universe}" cannot be walked: {reason}')
        facts = {"picks": self.picks, "unlike_the_nights": self.unlike, "compared": self.compared}
        return (
            compute_figures(self.scores, self.setting.config.forecast.levels) | facts | {"skipped": skipped}
        )

    def _run_block(self, block: Block) -> str | None:
        """A block whose refit waits for the next session where a gate stops it, or why it came to nothing."""
        reason = None
        for first in range(min(WAITS + 1, len(block.cutoffs))):
            try:
                self.block(replace(block, cutoffs=block.cutoffs[first:]))
            except HistoryError as error:
                return str(error)
            except NightError as error:
                reason = str(error)
                self.say(f"the refit waits a session: {reason}")
            else:
                return None
        return reason

    def block(self, block: Block) -> None:
        """Train, judge, refit and answer at one refit.

        Raises:
            HistoryError: the history up to its cutoff is too short.
            NightError: the first champion, or what it is judged against, could not be fitted.
            LeakError: the pick has used a close after its cutoff.
        """
        stage = build_refit_panels(self.setting, block)
        jobs = self._jobs(stage)
        results, failed = backtest.run_all(list(jobs.values()), self._processes)
        verdict, refresh, evidence = self._decide(stage, results, failed)
        best = best_baseline(results)
        answers, failed = self._answer(
            stage, jobs, {each.name for each in results}, failed, verdict.winner, best
        )
        renewed = (verdict.promoted or refresh.passed) and verdict.winner in answers
        champion = verdict.winner if renewed else self.championship.champion
        folder = _refit(stage, verdict.winner) if renewed else self.championship.model
        if folder is None or champion is None:
            raise NightError(
                f"the first champion {verdict.winner} cannot be refitted: {failed[verdict.winner]}"
            )
        model = fitted_model.load(folder)
        pick = answers[champion] if renewed else self._answer_with_old_version(stage, model)
        _refuse_seen(model, stage)
        self.scores.append(self._score(stage, answers, pick, best))
        self.watch(BlockAnswers(stage, results, answers, self.scores[-1]))
        self._compare(stage, model, pick, block)
        losses = {each.name: each.losses for each in results}
        self.championship = Championship(champion, folder, losses, evidence)
        self.picks.append(
            {
                "cutoff": str(stage.due.session.min()),
                "pick": champion,
                "how": "promoted" if renewed and verdict.promoted else "refreshed" if renewed else "kept",
                "trained_through": model.document["trained_through"],
                "best_baseline": best,
                "reason": verdict.reason if verdict.promoted else f"{verdict.reason}; {refresh.reason}",
                "failed": failed,
            }
        )

    def _decide(
        self, stage: RefitPanels, results: Sequence[Result], failed: Mapping[str, str]
    ) -> tuple[Verdict, Refresh, Evidence]:
        """Hold the contest between those who may be champion."""
        candidates, config = self.participants.candidates, self.setting.config
        able = [each for each in results if each.name in candidates]
        lost = {name: why for name, why in failed.items() if name in candidates}
        look = make_look(Panel.load(stage.folder / PANEL), stage.parts, able, config.forecast.levels)
        return decide_champion(self.championship, able, lost, look, config.contest)

    @property
    def _processes(self) -> int:
        return self.setting.config.training.processes

    def _jobs(self, stage: RefitPanels) -> dict[str, Job]:
        """A job a recipe; what is left of another recipe of the same name is removed."""
        config, jobs = self.setting.config, {}
        for name, recipe in self.participants.recipes.items():
            folder, note = stage.folder / "recipes" / name, stage.folder / "recipes" / f"{name}.json"
            key = json.dumps(recipe_identity(recipe, self.participants.recipes))
            if not note.exists() or note.read_text(encoding="utf-8") != key:
                for left in (folder, *stage.folder.glob(f"*/{REFITTED}/{name}")):
                    shutil.rmtree(left, ignore_errors=True)
                note.parent.mkdir(parents=True, exist_ok=True)
                note.write_text(key, encoding="utf-8")
            jobs[name] = Job(
                name=name,
                recipe=recipe,
                panel=stage.folder / PANEL,
                parts=stage.parts,
                seed=config.training.seed,
                settings=training.settings(config, self.setting.universe),
                folder=folder,
            )
        return {job.name: job for job in backtest.link_jobs(list(jobs.values()), self._members)}

    def _members(self, name: str) -> tuple[str, ...]:
        """The members of a configured ensemble; a recipe that is there for judging has none."""
        return self.setting.config.members(name) if name in self.participants.candidates else ()

    def _answer(
        self,
        stage: RefitPanels,
        jobs: Mapping[str, Job],
        finished: set[str],
        failed: Mapping[str, str],
        winner: str,
        best: str,
    ) -> tuple[dict[str, Answers], dict[str, str]]:
        """Refit everybody, or who is judged; return the answers, and who failed so far or now."""
        judged = {winner, best, self.participants.ewma, self.participants.garch}
        wanted = finished if self.answering is None else finished & (judged | self.answering)
        chosen = [name for name in jobs if name in wanted]
        rows = stage.due.row[stage.due.eligible]
        tasks = {
            name: Task(
                job=jobs[name],
                block=stage.block,
                rows=rows,
                folder=_refit(stage, name),
                members={other: _refit(stage, other) for other in self._members(name)},
            )
            for name in chosen
        }
        lost = {**failed, **answer_all(tasks, self._processes)}
        return {name: load_answers(task.folder) for name, task in tasks.items() if name not in lost}, lost

    def _answer_with_old_version(self, stage: RefitPanels, model: FittedModel) -> Answers:
        """What the champion's old version answers, on the features that it knows."""
        panel, names = Panel.load(stage.block), tuple(model.document["features"])
        if names != panel.names:
            panel = build_later_panel(
                self.setting, Panel.load(stage.folder / PANEL), names, panel.sessions[-1]
            )
        return forecast.predict(model, panel, stage.due.row[stage.due.eligible])

    def _score(self, stage: RefitPanels, answers: Mapping[str, Answers], pick: Answers, best: str) -> Scores:
        roles = {EWMA: self.participants.ewma, GARCH: self.participants.garch, BEST: best}
        for name in roles.values():
            if name not in answers:
                raise NightError(f"{name}, which the pick is judged against, could not be fitted")
        judged = {PICK: pick} | {role: answers[name] for role, name in roles.items()}
        return score(stage.due, judged, answers, self.setting.config.forecast.levels, best)

    def _compare(self, stage: RefitPanels, model: FittedModel, pick: Answers, block: Block) -> None:
        """Compare the block's middle session with what the night would have delivered."""
        day = self.setting.sessions[block.cutoffs[len(block.cutoffs) // 2]]
        panel = Panel.load(stage.folder / PANEL)
        unlike, count = count_differences(
            self.setting, model, panel, stage.due, stage.due.fill_fallback(pick), day
        )
        if unlike:
            self.say(f"{unlike} of {count} forecasts at {day} are not what the night would have delivered")
        self.unlike, self.compared = self.unlike + unlike, self.compared + count

    def so_far(self) -> str:
        """Pick, pinballs and skills of the blocks so far, in words."""
        result = compute_figures(self.scores, self.setting.config.forecast.levels)
        last = self.picks[-1]
        models = [f"{name} {loss * 1e4:.3f}" for name, loss in result["models"].items()]
        skills = [f"{name} {_percent(result[f'skill_vs_{name}'])}" for name in (EWMA, GARCH, BEST)]
        return (
            f"at {last['cutoff']}: {last['pick']} {last['how']}, best baseline {last['best_baseline']}; "
            f"{result['rows']:,} rows so far, skill vs {', '.join(skills)}; pinball in bp {', '.join(models)}"
        )


REFITTED = "refitted"


def _refit(stage: RefitPanels, name: str) -> Path:
    """Where a recipe's refit and its answers on the block lie."""
    return stage.block.parent / REFITTED / name


def _refuse_seen(model: FittedModel, stage: RefitPanels) -> None:
    if model.trained_through > (first := stage.due.session.min()):
        raise LeakError(f"the pick was trained through {model.trained_through} and is scored at {first}")


def _percent(fraction: float | None) -> str:
    return "unknown" if fraction is None else f"{fraction:.2%}"
