"""The whole night as one flow run: every step of every universe is a task."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import run
from flows.tasks import Report, play
from morrow.steps import STEPS


@flow(name="nightly", persist_result=False)
def nightly(
    universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
) -> list[Report] | State[Any]:
    """Take every universe through the night.

    Args:
        universes: by name; none means all of the configuration.
        as_of: the end of this session; none means each universe's last one.
        config: path of ``morrow.toml``.

    Returns:
        One report a universe, or the failed state that ``flows.tasks.play`` describes.
    """
    return play(STEPS, universes, as_of, config)


if __name__ == "__main__":
    run(nightly)
