"""Who is in a universe when: spells of symbols, what they were renamed to, and how they ended. Pure."""

from morrow.membership.known import Membership, known, newer, state
from morrow.membership.renames import current, joined
from morrow.membership.spells import COLUMNS, ENDINGS, KINDS, validated

__all__ = [
    "COLUMNS",
    "ENDINGS",
    "KINDS",
    "Membership",
    "current",
    "joined",
    "known",
    "newer",
    "state",
    "validated",
]
