"""The flow that forecasts the newest cutoff with the champion and exports the files."""

from flows.command import run
from flows.tasks import make_flow

forecast = make_flow(
    "forecast", "Forecast every universe with its champion and export it.", "plan", "forecast", "export"
)

if __name__ == "__main__":
    run(forecast)
