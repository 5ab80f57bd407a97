"""The flow that trains and judges on the stored prices, where a retraining is due."""

from flows.command import run
from flows.tasks import make_flow

retrain = make_flow(
    "retrain", "Train, judge and refit the recipes of every universe.", "plan", "train", "judge", "refit"
)

if __name__ == "__main__":
    run(retrain)
