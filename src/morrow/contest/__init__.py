"""Decide which recipe is champion, from losses on the same rows and the evidence so far."""

from morrow.contest.entries import KEY, SELECT, TEST, Entry
from morrow.contest.evidence import Evidence
from morrow.contest.league import Contestation, Look, hold_contest, what_if
from morrow.contest.refresh import Refresh, refresh
from morrow.contest.rules import Contestant, Rule
from morrow.contest.verdict import Verdict, judge

__all__ = [
    "KEY",
    "SELECT",
    "TEST",
    "Contestant",
    "Contestation",
    "Entry",
    "Evidence",
    "Look",
    "Refresh",
    "Rule",
    "Verdict",
    "hold_contest",
    "judge",
    "refresh",
    "what_if",
]
