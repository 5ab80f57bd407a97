"""Training and judgement alone, on the prices that are there; only where it is due."""

from flows.command import run
from flows.tasks import make_flow

retrain = make_flow(
    "retrain", "Train, judge and refit the recipes of every universe.", "plan", "train", "judge", "refit"
)

if __name__ == "__main__":
    run(retrain)
