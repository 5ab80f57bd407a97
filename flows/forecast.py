"""The forecast alone: the champion answers for the newest cutoff and the files are exported."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.command import run
from flows.tasks import Report, chosen, play


@flow(name="forecast", persist_result=False)
def forecast(
    universes: list[str] | None = None, as_of: date | None = None, config: str = "morrow.toml"
) -> list[Report] | State[Any]:
    """Forecast every universe with its champion and export it.

    Args:
        universes: by name; none means all of the configuration.
        as_of: the end of this session; none means each universe's last one.
        config: path of ``morrow.toml``.

    Returns:
        One report a universe, or the failed state that ``flows.tasks.play`` describes.
    """
    return play(chosen("plan", "forecast", "export"), universes, as_of, config)


if __name__ == "__main__":
    run(forecast)
