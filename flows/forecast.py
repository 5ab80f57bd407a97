"""The forecast alone: the champion answers for the newest cutoff and the files are exported."""

from flows.command import run
from flows.tasks import make_flow

forecast = make_flow(
    "forecast", "Forecast every universe with its champion and export it.", "plan", "forecast", "export"
)

if __name__ == "__main__":
    run(forecast)
