"""The flow that scores the forecasts whose target sessions are over."""

from flows.command import run
from flows.tasks import make_flow

monitor = make_flow("monitor", "Score the matured forecasts of every universe.", "monitor")

if __name__ == "__main__":
    run(monitor)
