"""``morrow judge --what-if``: the verdict that other limits would have given, from what the ledger keeps."""

from collections.abc import Sequence
from typing import Any

from pydantic import ValidationError

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import Options
from morrow.config import Contest
from morrow.errors import ConfigError, HistoryError, did_you_mean
from morrow.steps import Night
from morrow.store.ledger import read_entries


def judge_again(options: Options, changes: Sequence[str]) -> int:
    """Print the last judged night's verdict under other limits; nothing is trained or changed.

    Args:
        options: the command's options.
        changes: of the section [contest], as NAME=VALUE.

    Raises:
        ConfigError: a change is not of this form, or a limit does not exist or allow the value.
    """
    given = dict(_split(change) for change in changes)

    def decide(night: Night) -> dict[str, Any]:
        from morrow.contest import what_if  # noqa: PLC0415 (help needs none of it)

        settings = change_settings(night.config.contest, given)
        entries = read_entries(night.store, night.universe, night.as_of)
        judged = next((entry for entry in reversed(entries) if entry.evidence), None)
        if judged is None:
            raise HistoryError(f"no contest is on record; hold one with: {night.command_line('judge')}")
        champion = None if judged.decision == "expire" else judged.champion_before
        verdict = what_if(list(judged.figures.values()), champion, settings)
        return {
            "universe": night.universe,
            "as_of": str(judged.as_of),
            "settings": settings.model_dump(mode="json"),
            "decided": {"champion": judged.champion_after, "reason": judged.reason},
            "verdict": {**vars(verdict), "rules": [vars(rule) for rule in verdict.rules]},
        }

    outcome = run_each(options, decide)
    return print_outcome(options, outcome, lambda documents: "\n\n".join(map(_format_verdict, documents)))


def change_settings(settings: Contest, changes: dict[str, str]) -> Contest:
    """The settings with other values.

    Raises:
        ConfigError: a setting does not exist, or does not allow the value.
    """
    if "expire_after" in changes:
        raise ConfigError("--what-if: the champion's age is not on record, so expire_after cannot be tried")
    for name in changes:
        if name not in Contest.model_fields:
            known = ", ".join(Contest.model_fields)
            hint = did_you_mean(name, Contest.model_fields)
            raise ConfigError(f'--what-if: [contest] has no "{name}"; known: {known}{hint}')
    try:
        return Contest.model_validate({**settings.model_dump(), **changes})
    except ValidationError as error:
        first = error.errors()[0]
        limit = str(first["loc"][0])
        raise ConfigError(f"--what-if {limit}={changes[limit]}: {first['msg']}") from None


def _split(change: str) -> tuple[str, str]:
    name, sign, value = change.partition("=")
    if not (name and sign and value):
        raise ConfigError(f'--what-if takes NAME=VALUE, such as effect=0.5, not "{change}"')
    return name.strip(), value.strip()


def _format_verdict(document: Document) -> str:
    verdict = document["verdict"]
    lines = [
        f"{document['universe']}  as of {document['as_of']}",
        f"  decided    {document['decided']['reason']}",
        f"  what if    {verdict['reason']}",
    ]
    return "\n".join(
        [
            *lines,
            *(
                f"  {'held' if rule['held'] else 'failed':<11}{rule['rule']}: {rule['about']}"
                for rule in verdict["rules"]
            ),
        ]
    )
