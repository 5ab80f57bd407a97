"""Where every universe stands, read from the tables and the registry; nothing is made that is not there."""

from collections.abc import Sequence
from typing import Any

from morrow.cli.asked import ALL, Asked
from morrow.cli.universes import Found, answer, every
from morrow.frames import QUARANTINE, SCORES, forecasts_schema
from morrow.steps import Night
from morrow.store import Condition

SQLITE = "sqlite:///"


def status(*, asked: Asked = ALL) -> int:
    """Say where every universe stands."""
    return answer(asked, every(asked, _standing), lambda found: _words(asked, found))


def _standing(night: Night) -> dict[str, Any]:
    store, universe = night.store(), night.universe
    upto: list[Condition] = [("cutoff", "<=", night.as_of)] if night.as_of else []
    prices = store.prices(universe, night.as_of)
    forecasts = forecasts_schema(night.config.forecast.levels)
    cutoffs = store.read(forecasts, universe, columns=["cutoff"], where=upto)["cutoff"]
    scored = store.read(SCORES, universe, columns=["step"], where=upto)
    refused = store.read(QUARANTINE, universe, columns=["batch", "row", "decision"])
    waiting = refused[refused["decision"].isna()]
    return {
        "universe": universe,
        "sessions_through": f"{prices['session'].max():%Y-%m-%d}" if len(prices) else None,
        "rows": len(prices),
        "quarantined": len(waiting.drop_duplicates()),
        **_from_registry(night),
        "newest_forecast": f"{cutoffs.max():%Y-%m-%d}" if len(cutoffs) else None,
        "scored": len(scored),
    }


def _from_registry(night: Night) -> dict[str, Any]:
    uri = night.config.registry.uri
    if uri.startswith(SQLITE) and not night.config.folder(uri.removeprefix(SQLITE)).exists():
        return {"champion": None, "judged_at": None}  # opening it would make it
    registry = night.registry()
    champion, judged = registry.champion(night.universe), registry.last_night(night.universe, noted="night")
    names = ("name", "version", "run_id", "trained_through")
    return {
        "champion": {name: str(getattr(champion, name)) for name in names} if champion else None,
        "judged_at": str(judged.cutoff) if judged else None,
    }


def _words(asked: Asked, found: Sequence[Found]) -> str:
    following = asked.next("nightly")
    if all(each["newest_forecast"] for each in found):
        following += f"   after the next close, or {asked.next('ui')}"
    return "\n".join([*map(_block, found), f"Next: {following}"])


def _block(found: Found) -> str:
    one, through = found["champion"], found["sessions_through"] or "-"
    waiting = f"{found['quarantined']:,} waiting in quarantine"
    champion = (
        f"{one['name']} version {one['version']}, trained through {one['trained_through']}" if one else "none"
    )
    return (
        f"{found['universe']}\n"
        f"  prices     {found['rows']:,} rows through {through}, {waiting}\n"
        f"  champion   {champion}; judged at {found['judged_at'] or '-'}\n"
        f"  forecasts  newest cutoff {found['newest_forecast'] or '-'}, {found['scored']:,} scored"
    )
