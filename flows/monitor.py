"""Scoring alone: forecasts whose sessions have come are compared with the prices."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import run
from flows.tasks import Report, chosen, play


@flow(name="monitor", persist_result=False)
def monitor(
    universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
) -> list[Report] | State[Any]:
    """Score the matured forecasts of every universe.

    Args:
        universes: by name; none means all of the configuration.
        as_of: the end of this session; none means each universe's last one.
        config: path of ``morrow.toml``.

    Returns:
        One report a universe, or the failed state that ``flows.tasks.play`` describes.
    """
    return play(chosen("monitor"), universes, as_of, config)


if __name__ == "__main__":
    run(monitor)
