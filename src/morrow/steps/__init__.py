"""The steps of the night: one plain function each, and the one ordered list of them.

A step takes the night and what the steps before it returned, and returns a small frozen dataclass.
Flows wrap the steps as tasks; the command line calls them directly. A step is imported when it runs, so
that a night with nothing new imports neither torch nor Great Expectations.
"""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import perf_counter

from morrow.steps.context import Night
from morrow.steps.report_json import report
from morrow.steps.report_text import summary
from morrow.steps.results import Results

StepFunction = Callable[[Night, Results], object]


@dataclass(frozen=True)
class Step:
    """A step of the night.

    Attributes:
        name: of its result in ``Results``.
        function: the function, or its location as ``package.module:function``.
        retries: how often it may be tried again.
        retraining: whether it is left out, with None as its result, where no retraining is due.
        needs: names of the steps whose results it reads.
    """

    name: str
    function: StepFunction | str
    retries: int
    retraining: bool = False
    needs: tuple[str, ...] = ()

    def __call__(self, night: Night, results: Results) -> object:
        """Import the step and run it; its result is also stored in ``results``.

        Raises:
            LookupError: a step whose result it needs has not run.
        """
        for name in self.needs:
            if name not in results:
                there = ", ".join(results) or "nothing"
                raise LookupError(f'step "{self.name}" needs the result of step "{name}"; there is {there}')
        due = not self.retraining or results["plan"].due
        result = self._resolve()(night, results) if due else None
        results[self.name] = result  # type: ignore[literal-required]
        return result

    def _resolve(self) -> StepFunction:
        if not isinstance(self.function, str):
            return self.function
        module, name = self.function.split(":")
        function: StepFunction = getattr(importlib.import_module(module), name)
        return function


STEPS: tuple[Step, ...] = (
    Step("ingest", "morrow.steps.intake.ingest:ingest", retries=2),
    Step("plan", "morrow.steps.retrain.plan:plan", retries=1),
    Step("train", "morrow.steps.retrain.train:train", retries=0, retraining=True, needs=("plan",)),
    Step("judge", "morrow.steps.retrain.judge:judge", retries=1, retraining=True, needs=("plan", "train")),
    Step("refit", "morrow.steps.retrain.refit:refit", retries=1, needs=("plan", "train", "judge")),
    Step("forecast", "morrow.steps.deliver.forecast:forecast", retries=1, needs=("plan",)),
    Step("export", "morrow.steps.deliver.export:export", retries=1, needs=("plan", "forecast")),
    Step("monitor", "morrow.steps.deliver.monitor:monitor", retries=1),
    Step("clean", "morrow.steps.retention:clean", retries=1, retraining=True, needs=("plan",)),
)


def play(night: Night, steps: Sequence[Step]) -> tuple[Results, dict[str, float]]:
    """Run the steps in order, without Prefect.

    Returns:
        what each step returned, and the seconds it took, with their total.
    """
    results: Results = {}
    seconds: dict[str, float] = {}
    for step in steps:
        night.tell("step", {"step": step.name})
        began = perf_counter()
        step(night, results)
        seconds[step.name] = perf_counter() - began
    seconds["total"] = sum(seconds.values())
    return results, seconds


__all__ = ["STEPS", "Night", "Results", "Step", "StepFunction", "play", "report", "summary"]
