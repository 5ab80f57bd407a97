"""``morrow status``: show the state of every universe from tables and registry; nothing is created."""

from collections.abc import Iterator, Sequence
from typing import Any

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.errors import ConfigError, HistoryError, RegistryError
from morrow.frames import QUARANTINE, SCORES, forecasts_schema
from morrow.steps import Night
from morrow.steps.champion import read_model
from morrow.steps.first_contest import find_first_contest
from morrow.steps.intake.holds import describe_holds, find_holds
from morrow.steps.ledger_agreement import compare, find_champion, name_remedy
from morrow.steps.report_json import describe_first_contest
from morrow.steps.report_text import hold_lines
from morrow.store import Condition

SQLITE = "sqlite:///"


def status(*, options: Options = DEFAULTS) -> int:
    """Print the state of every universe."""
    outcome = run_each(options, _read_state)
    return print_outcome(options, outcome, lambda documents: _format_states(options, documents))


def _read_state(night: Night) -> dict[str, Any]:
    store, universe = night.store, night.universe
    upto: list[Condition] = [("cutoff", "<=", night.as_of)] if night.as_of else []
    prices = store.prices(universe, night.as_of)
    forecasts = forecasts_schema(night.config.forecast.levels)
    cutoffs = store.read(forecasts, universe, columns=["cutoff"], where=upto)["cutoff"]
    scores = store.read(SCORES, universe, columns=["step"], where=upto)
    refusals = store.read(QUARANTINE, universe, columns=["batch", "row", "decision"])
    undecided = refusals[refusals["decision"].isna()]
    registered = _read_registry(night)
    return {
        "universe": universe,
        "sessions_through": f"{prices['session'].max():%Y-%m-%d}" if len(prices) else None,
        "rows": len(prices),
        **describe_holds(night, find_holds(night)),
        "quarantined": len(undecided.drop_duplicates()),
        **registered,
        "first_contest": _find_first_contest(night)
        if len(prices) and not registered["champion"] and not registered["problems"]
        else None,
        "newest_forecast": f"{cutoffs.max():%Y-%m-%d}" if len(cutoffs) else None,
        "scored": len(scores),
    }


def _read_registry(night: Night) -> dict[str, Any]:
    uri = night.config.registry.uri
    if uri.startswith(SQLITE) and not night.config.folder(uri.removeprefix(SQLITE)).exists():
        return {"champion": None, "judged_at": None, "problems": []}  # opening it would create it
    registry, problems = night.registry, list(_find_disagreement(night))
    champion, judged = None, registry.last_night(night.universe, noted="night")
    try:
        champion = find_champion(night)
        if champion is not None:
            read_model(night, champion)
    except (RegistryError, ConfigError) as error:
        problems.append(str(error))
    names = ("name", "version", "run_id", "trained_through")
    return {
        "champion": {name: str(getattr(champion, name)) for name in names} if champion else None,
        "judged_at": str(judged.cutoff) if judged else None,
        "problems": problems,
    }


def _find_disagreement(night: Night) -> Iterator[str]:
    """One line if MLflow says otherwise than the ledger, with the command that mends it."""
    agreement = compare(night)
    if differences := agreement.differences():
        words = "; ".join(
            f"{each.what} is {each.registry or 'missing'}, by the ledger {each.ledger or 'none'}"
            for each in differences
        )
        yield f"MLflow and the ledger disagree: {words}; mend it with: {name_remedy(agreement)}"


def _find_first_contest(night: Night) -> dict[str, Any] | None:
    """What a first contest still waits for, as the report of a night has it."""
    try:
        contest = find_first_contest(night)
    except HistoryError:  # no bar of the configured symbols is known; a night says why
        return None
    return None if contest is None else describe_first_contest(contest)


def _format_states(options: Options, documents: Sequence[Document]) -> str:
    following = options.command_line("nightly")
    if all(document["newest_forecast"] for document in documents):
        following += f"   after the next close, or {options.command_line('ui')}"
    return "\n".join([*map(_format_state, documents), f"Next: {following}"])


def _format_state(document: Document) -> str:
    one, through = document["champion"], document["sessions_through"] or "-"
    undecided = f"{document['quarantined']:,} waiting in quarantine"
    champion = (
        f"{one['name']} version {one['version']}, trained through {one['trained_through']}" if one else "none"
    )
    if contest := document["first_contest"]:
        champion += f" yet: {contest['reason']}"
    forecast = document["newest_forecast"] or "-"
    problems = [f"  problem    {line}" for line in document["problems"]]
    return (
        "\n".join([document["universe"], *problems, *hold_lines(document)]) + "\n"
        f"  prices     {document['rows']:,} rows through {through}, {undecided}\n"
        f"  champion   {champion}; judged at {document['judged_at'] or '-'}\n"
        f"  forecasts  newest cutoff {forecast}, {document['scored']:,} scored"
    )
