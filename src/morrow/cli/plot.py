"""``morrow plot``: a symbol's newest stored forecast as a fan, in a PNG or an HTML file."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import numpy as np
import pandas as pd
from cyclopts import Parameter

from morrow.cli.options import DEFAULTS, Options
from morrow.cli.output import print_json, print_text
from morrow.errors import ExportError, HistoryError, UserError, did_you_mean
from morrow.frames import forecasts_schema, quantile_column
from morrow.steps import Night

PAST = 60  # sessions before the cutoff
ENDINGS = (".png", ".html")


def plot(
    universe: Annotated[str, Parameter(name="UNIVERSE", help="A universe by name.")],
    symbol: Annotated[str, Parameter(name="SYMBOL", help="A symbol, as the source writes it.")],
    /,
    *,
    to: Annotated[
        Path | None, Parameter(help="A file, .png or .html; default: UNIVERSE-SYMBOL.png in this folder.")
    ] = None,
    options: Options = DEFAULTS,
) -> int:
    """Draw the newest forecast of a symbol, or the last up to --as-of."""
    config, _ = options.load_universes()
    config.universe_names((universe,))
    path = to or Path(f"{universe}-{symbol}.png".replace("/", "-"))
    if path.suffix.lower() not in ENDINGS:
        raise UserError(f'--to "{path}" must end in {" or ".join(ENDINGS)}, which says what to draw')
    night = Night(config, universe, options.as_of, datetime.now(UTC), config_file=options.config_option)
    rows = _read_forecast(night, symbol)
    past = _read_past(night, symbol, rows["cutoff"].iloc[0])
    try:
        _draw(night, symbol, rows, past, path)
    except OSError as error:
        raise ExportError(f'cannot write "{path}": {error.strerror or error}') from None
    document = {"path": path, "symbol": symbol, "cutoff": f"{rows['cutoff'].iloc[0]:%Y-%m-%d}"}
    if options.json:
        print_json(document)
    else:
        print_text(f"{universe}  {symbol}, cutoff {document['cutoff']}: {path}")
    return 0


def _read_forecast(night: Night, symbol: str) -> pd.DataFrame:
    """The steps of the symbol's newest stored forecast.

    Raises:
        HistoryError: none is stored up to the night's ``as_of``.
    """
    schema = forecasts_schema(night.config.forecast.levels)
    rows = night.store.read(schema, night.universe)
    if night.as_of is not None:
        rows = rows[rows["cutoff"] <= pd.Timestamp(night.as_of)]
    own = rows[rows["symbol"] == symbol]
    if own.empty:
        upto = f" up to {night.as_of}" if night.as_of else ""
        hint = did_you_mean(symbol, rows["symbol"].unique())
        raise HistoryError(
            f'no forecast of "{symbol}" is stored in universe "{night.universe}"{upto}{hint}; '
            f"make one with: {night.command_line('forecast')}"
        )
    newest = own[own["cutoff"] == own["cutoff"].max()]
    version = newest["model_version"].iloc[-1]
    steps: pd.DataFrame = newest[newest["model_version"] == version].sort_values("step", ignore_index=True)
    return steps


def _read_past(night: Night, symbol: str, cutoff: pd.Timestamp) -> pd.DataFrame:
    """The last sessions through the cutoff, and their closes on the cutoff's share basis."""
    bars = Night(night.config, night.universe, cutoff.date(), night.now).market.all_bars
    own = bars[(bars["symbol"] == symbol) & (bars["session"] <= cutoff) & bars["close"].notna()]
    own = own.sort_values("session").tail(PAST)
    factor = own["split_factor"] * own["dividend_factor"]
    return own[["session"]].assign(close=own["close"] * factor / factor.iloc[-1])


def _draw(night: Night, symbol: str, rows: pd.DataFrame, past: pd.DataFrame, path: Path) -> None:
    from morrow import charts  # noqa: PLC0415 (matplotlib: help and errors need none of it)

    levels = np.asarray(night.config.forecast.levels)
    quantiles = rows[[quantile_column(level) for level in night.config.forecast.levels]].to_numpy(np.float64)
    closes, days = past["close"].to_numpy(np.float64), past["session"].to_numpy()
    sessions, currency = rows["session"].to_numpy(), night.options.currency
    title = f"{night.universe} {symbol}: forecast of {rows['cutoff'].iloc[0]:%Y-%m-%d}"
    if path.suffix.lower() == ".png":
        charts.fan(path, symbol, closes, days, quantiles, levels, sessions, None, currency, title)
        return
    page = charts.draw_fan(symbol, closes, days, quantiles, levels, sessions, currency, title)
    path.write_text(page, encoding="utf-8")
