"""What a live source says of itself when it is asked for one bar."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Probe:
    """How far a source's history goes, and what kind of market it is.

    Attributes:
        first: first session of the symbol that goes back furthest, ISO.
        last: newest session, ISO.
        calendar: a guess, in the words of ``config.Universe``.
        currency: a guess.
    """

    first: str
    last: str
    calendar: str
    currency: str
