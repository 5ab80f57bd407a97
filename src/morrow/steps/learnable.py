"""The gates before a training, and the symbols that they hold until the next one."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING

from morrow.errors import NightError
from morrow.steps import gates
from morrow.steps.gates import Gate
from morrow.steps.night import Night

if TYPE_CHECKING:
    import pandas as pd

    from morrow.panel import Panel


def check_panel(night: Night, prices: "pd.DataFrame", cutoff: date) -> tuple[Gate, dict[str, str]]:
    """Put what is stored through its gate; the symbols that it holds come back with their reasons.

    Raises:
        NightError: the gate stops the night, or it holds every symbol.
        ConfigError: the suite cannot be used.
    """
    from morrow import checks  # noqa: PLC0415

    verdict, held = checks.check_panel(prices, night.axis(prices), gates.suite(night, "panel"))
    symbols = prices["symbol"].nunique()
    run = gates.keep(
        night, verdict, "panel", cutoff, facts={"Symbols": f"{symbols:,}", "Bars": f"{len(prices):,}"}
    )
    stops = [*verdict.stops]
    if len(held) == symbols:
        stops.append(f"every symbol is held, the first because of {next(iter(held.values()))}")
    _stop(night, stops, run)
    return run, held


def check_features(night: Night, panel: "Panel", cutoff: date) -> Gate:
    """Put the panel's features through their gate.

    Raises:
        NightError: the gate stops the night.
        ConfigError: the suite cannot be used.
    """
    from morrow import checks  # noqa: PLC0415

    verdict = checks.check_features(
        panel.features, panel.names, panel.session, gates.suite(night, "features")
    )
    facts = {"Features": f"{len(panel.names):,}", "Bars": f"{len(panel.close):,}"}
    run = gates.keep(night, verdict, "features", cutoff, facts=facts)
    _stop(night, verdict.stops, run)
    return run


def without(prices: "pd.DataFrame", held: Mapping[str, str]) -> "pd.DataFrame":
    """The bars of all symbols but those that are held."""
    return prices[~prices["symbol"].isin(list(held))].reset_index(drop=True) if held else prices


def _stop(night: Night, stops: "list[str] | tuple[str, ...]", run: Gate) -> None:
    if stops:
        raise NightError(f'universe "{night.universe}": {"; ".join(stops)}{gates.seen(run)}')
