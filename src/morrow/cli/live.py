"""The text of a configuration for a live source, once it has proved that it answers."""

from collections.abc import Iterator
from typing import Any

import pandas as pd
from pydantic import ValidationError

from morrow import sessions
from morrow.cli.written import head, shortage, toml_string
from morrow.config import Universe, without_user
from morrow.errors import ConfigError, UserError
from morrow.source_kinds import live_kinds
from morrow.sources import Probe, probe

_SHOWN = 8


def live(kind: str, named: list[str], base_url: str | None) -> tuple[str, dict[str, Any], list[str]]:
    """A configuration for a source that is asked over the network.

    Args:
        kind: of a live source; it also names the universe.
        named: symbols as a person typed them.
        base_url: another server than the vendor's.

    Returns:
        Its text, what the source said, and warnings.

    Raises:
        SourceError: the source does not answer, or does not know a symbol.
        UserError: no symbol is named.
        ConfigError: the base URL cannot be one.
    """
    symbols = tuple(dict.fromkeys(symbol.strip().upper() for symbol in named if symbol.strip()))
    if not symbols:
        raise UserError(
            f"--{kind} names no symbol; write it like: --{kind} {live_kinds()[kind].example_symbols}"
        )
    seen = probe(_universe(kind, symbols, base_url))
    about = _about(kind, symbols, seen)
    text = head() + "\n".join(_section(kind, symbols, seen, base_url, about)) + "\n"
    found = {
        "universe": kind, "about": f'universe "{kind}": {about}', "kind": kind, "symbols": symbols,
        "calendar": seen.calendar, "currency": seen.currency, "first": seen.first, "last": seen.last,
    }  # fmt: skip
    return text, found, list(shortage(kind, _length(seen)))


def _universe(kind: str, symbols: tuple[str, ...], base_url: str | None) -> Universe:
    source = {"kind": kind} | ({"base_url": base_url} if base_url else {})
    try:
        return Universe.model_validate({"source": source, "calendar": "observed", "symbols": symbols})
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix("Value error, ")
        raise ConfigError(f'--base-url "{without_user(base_url or "")}" cannot be used: {said}') from None


def _about(kind: str, symbols: tuple[str, ...], seen: Probe) -> str:
    number = f"{len(symbols)} symbol{'s' if len(symbols) != 1 else ''}"
    shown = ", ".join(toml_string(name)[1:-1] for name in symbols[:_SHOWN])
    more = f" and {len(symbols) - _SHOWN} more" if len(symbols) > _SHOWN else ""
    return (
        f"{kind} answers for {number} ({shown}{more}); history goes back to {seen.first}, "
        f"newest session {seen.last}, calendar {seen.calendar}"
    )


def _section(
    kind: str, symbols: tuple[str, ...], seen: Probe, base_url: str | None, about: str
) -> Iterator[str]:
    yield f"# Asked for one bar: {about}."
    yield f"[universes.{kind}]"
    yield f'calendar = "{seen.calendar}"   # an exchange\'s MIC, "24/7", "ECB" or "observed"'
    yield f"currency = {toml_string(seen.currency)}   # stands on charts only"
    yield f"symbols = [{', '.join(map(toml_string, symbols))}]"
    yield ""
    yield f"[universes.{kind}.source]"
    yield f'kind = "{kind}"'
    if base_url:
        yield f"base_url = {toml_string(base_url)}"
    if comment := live_kinds()[kind].init_comment:
        yield f"# {comment}"


def _length(seen: Probe) -> int:
    """Sessions from the first to the last, counted on weekdays where the calendar does not know."""
    if seen.calendar == sessions.OBSERVED:
        return len(pd.bdate_range(seen.first, seen.last))
    return len(sessions.sessions(seen.calendar, seen.first, seen.last))
