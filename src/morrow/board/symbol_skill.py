"""Skill of the champion on one symbol, from the tables by symbol of the last retraining."""

from collections.abc import Mapping
from typing import Any

from morrow import metrics
from morrow.board.champions import describe_champion
from morrow.board.facts import Facts
from morrow.board.pages import Figure, format_number

RIVALS = ("gjr-garch-t", "ewma", "unconditional")  # the first that was trained is compared with


def describe_skill(facts: Facts, symbol: str) -> Figure:
    """Skill of the champion's recipe against a baseline on the test sessions, on this symbol alone."""
    rows = {row["name"]: row for row in facts.leaderboard}
    champion = describe_champion(facts)
    recipe = champion["recipe"] if champion else None
    rival = next((name for name in RIVALS if name in rows and name != recipe), None)
    if recipe not in rows or rival is None:
        return Figure("Skill", "–", "known once a retraining has a champion and a baseline beside it")
    ours, theirs = (_measure(rows[name], symbol) for name in (recipe, rival))
    skill = metrics.skill(ours, theirs) if ours is not None and theirs is not None else None
    about = f"pinball of {recipe} against {rival} on the test sessions {facts.windows.get('test', '')}"
    return Figure("Skill", format_number(skill, 2, 100, " %"), f"{about}; source: the leaderboard")


def _measure(row: Mapping[str, Any], symbol: str) -> float | None:
    """A recipe's pinball loss on a symbol; None without a scored row of it."""
    loss = (row.get("by_symbol") or {}).get(symbol, {}).get("pinball")
    return None if loss is None else float(loss)
