"""A third universe beside the shipped two: closes of 20 US stocks since 1990, from the package skfolio."""

from importlib.util import find_spec
from pathlib import Path

import pandas as pd

from morrow.config import Config, Universe

NAME = "us20"
PACKAGE = "skfolio"
DATA = Path("datasets") / "data" / "sp500_dataset.csv.gz"  # columns Date and a symbol each
GET = f"universe {NAME} is left out: the package {PACKAGE} is not installed; get it with: make setup-bench"


def find_data() -> Path | None:
    """The package's file of prices, without importing the package; None where it is not installed."""
    spec = find_spec(PACKAGE)
    files = [Path(place) / DATA for place in (spec.submodule_search_locations or ())] if spec else []
    return next((file for file in files if file.exists()), None)


def add_us_stocks(config: Config, data: Path, folder: Path) -> Config:
    """The configuration with this universe too; its prices are written into a folder as a user's CSV."""
    file = folder / "prices" / f"{NAME}.csv"
    file.parent.mkdir(parents=True, exist_ok=True)
    closes = pd.read_csv(data).melt("Date", var_name="symbol", value_name="close").dropna()
    closes.rename(columns={"Date": "session"}).to_csv(file, index=False)
    universe = Universe.model_validate(
        {
            "source": {"kind": "csv", "path": str(file.resolve())},
            "calendar": "XNYS",
            "tick": 0.001,
        }
    )
    return config.model_copy(update={"universes": {**config.universes, NAME: universe}})
