"""The flow that fetches, checks and stores prices; it can be deployed with or without the night."""

from flows.command import run
from flows.tasks import make_flow

ingest = make_flow("ingest", "Take in the prices of every universe.", "ingest")

if __name__ == "__main__":
    run(ingest)
