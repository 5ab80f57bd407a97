"""Universe membership: symbol spells, renames and how spells ended. No I/O."""

from morrow.membership.members import Membership, find_changes, membership_at, spells_on_record
from morrow.membership.renames import join_histories, newest_names
from morrow.membership.spells import COLUMNS, ENDINGS, KINDS, validate_spells

__all__ = [
    "COLUMNS",
    "ENDINGS",
    "KINDS",
    "Membership",
    "find_changes",
    "join_histories",
    "membership_at",
    "newest_names",
    "spells_on_record",
    "validate_spells",
]
