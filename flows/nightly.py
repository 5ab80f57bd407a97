"""The whole night as one flow run: every step of every universe is a task."""

from flows.command import run
from flows.tasks import make_flow

nightly = make_flow("nightly", "Take every universe through the night.")

if __name__ == "__main__":
    run(nightly)
