"""Training and judgement alone, on the prices that are there; only where it is due."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import run
from flows.tasks import Report, chosen, play


@flow(name="retrain", persist_result=False)
def retrain(
    universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
) -> list[Report] | State[Any]:
    """Train, judge and refit the recipes of every universe.

    Args:
        universes: by name; none means all of the configuration.
        as_of: the end of this session; none means each universe's last one.
        config: path of ``morrow.toml``.

    Returns:
        One report a universe, or the failed state that ``flows.tasks.play`` describes.
    """
    return play(chosen("plan", "train", "judge", "refit"), universes, as_of, config)


if __name__ == "__main__":
    run(retrain)
