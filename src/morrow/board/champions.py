"""Who is champion, by the ledger, and since when."""

from collections.abc import Mapping
from typing import Any

from morrow.board.facts import Facts


def describe_champion(facts: Facts) -> Mapping[str, Any] | None:
    """The champion: name with version, recipe, version, since (an ISO date), trained; None without one."""
    if not facts.ledger or facts.ledger[-1]["champion_after"] is None:
        return None
    last = facts.ledger[-1]
    recipe, version = last["champion_after"], last["version_after"]
    since = last["as_of"]
    for entry in reversed(facts.ledger):
        if entry["champion_after"] != recipe:
            break
        since = entry["as_of"]
    through = [each["trained_through"] for each in facts.versions if each["version"] == version]
    trained = f"trained through {through[0]}" if through else "its training window cannot be read"
    return {
        "name": f"{recipe} v{version}",
        "recipe": recipe,
        "version": version,
        "since": str(since),
        "trained": trained,
    }
