"""The gates before a training: of the stored bars, which may hold symbols, and of the features."""

from collections.abc import Sequence
from datetime import date

from morrow import checks
from morrow.errors import NightError
from morrow.panel import Panel
from morrow.steps import gate_pages
from morrow.steps.context import Night
from morrow.steps.results import Gate


def check_panel(night: Night, cutoff: date) -> tuple[Gate, dict[str, str]]:
    """Put what is stored through its gate; the symbols that it holds come back with their reasons.

    Raises:
        NightError: the gate stops the night, or it holds every symbol.
        ConfigError: the suite cannot be used.
    """
    bars = night.market.bars
    verdict, held = checks.check_panel(bars, night.market.sessions, gate_pages.suite(night, "panel"))
    symbols = bars["symbol"].nunique()
    run = gate_pages.keep(
        night, verdict, "panel", cutoff, facts={"Symbols": f"{symbols:,}", "Bars": f"{len(bars):,}"}
    )
    stops = [*verdict.stops]
    if len(held) == symbols:
        stops.append(f"every symbol is held, the first because of {next(iter(held.values()))}")
    _stop(night, stops, run)
    return run, held


def check_features(night: Night, panel: Panel, cutoff: date) -> Gate:
    """Put the panel's features through their gate.

    Raises:
        NightError: the gate stops the night.
        ConfigError: the suite cannot be used.
    """
    verdict = checks.check_features(
        panel.features, panel.names, panel.session, gate_pages.suite(night, "features")
    )
    facts = {"Features": f"{len(panel.names):,}", "Bars": f"{len(panel.close):,}"}
    run = gate_pages.keep(night, verdict, "features", cutoff, facts=facts)
    _stop(night, verdict.stops, run)
    return run


def _stop(night: Night, stops: Sequence[str], run: Gate) -> None:
    if stops:
        raise NightError(f'universe "{night.universe}": {"; ".join(stops)}{gate_pages.page_hint(run)}')
