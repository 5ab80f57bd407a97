"""The steps of the night: one plain function each, and the one ordered list of them.

A step takes the night and what the steps before it returned, and returns a small frozen dataclass.
Flows wrap the steps as tasks; the command line calls them plainly. Heavy rooms are imported where a step
needs them, so that a night with nothing new stays light.
"""

from morrow.steps.deliver import export, forecast, monitor
from morrow.steps.due import plan
from morrow.steps.early import refuse_early
from morrow.steps.intake import ingest
from morrow.steps.night import Night, Results, Step, play
from morrow.steps.refit import refit
from morrow.steps.reports import report, summary
from morrow.steps.retrain import judge, train

STEPS: tuple[Step, ...] = (
    Step("ingest", ingest, retries=2),
    Step("plan", plan, retries=1),
    Step("train", train, retries=0),
    Step("judge", judge, retries=1),
    Step("refit", refit, retries=1),
    Step("forecast", forecast, retries=1),
    Step("export", export, retries=1),
    Step("monitor", monitor, retries=1),
)

__all__ = ["STEPS", "Night", "Results", "Step", "play", "refuse_early", "report", "summary"]
