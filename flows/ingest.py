"""Prices alone: fetched, checked and stored, deployable beside or without the night."""

from flows.command import run
from flows.tasks import make_flow

ingest = make_flow("ingest", "Take in the prices of every universe.", "ingest")

if __name__ == "__main__":
    run(ingest)
