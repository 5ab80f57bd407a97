"""The result of an audit: which items look ahead, at which bar, and how far."""

from dataclasses import asdict, dataclass
from typing import Any

FEATURE, SCALER, STATE, OUTCOME = "feature", "scaler", "state", "outcome"
WHOLE = "the whole sample"


@dataclass(frozen=True)
class Leak:
    """One item that looks ahead.

    Attributes:
        kind: "feature", "scaler", "state" (another attribute of a bar in the panel) or "outcome" (a feature
            that equals the return it should help to forecast, and is not computed from the prices).
        what: the item's name.
        symbol, session: the bar where the leak shows; for a scaler, the last session that it may see and no
            symbol.
        lag: number of sessions ahead that it sees from there; None for the whole sample.
    """

    kind: str
    what: str
    symbol: str
    session: str
    lag: int | None

    @property
    def sees(self) -> str:
        """How far ahead the item looks, in words."""
        if self.lag is None:
            return WHOLE
        return f"{self.lag} session{'s' * (self.lag != 1)} ahead"

    def words(self) -> str:
        """Describe the leak in one line.

        >>> Leak("feature", "centred_5", "AAPL", "2010-03-04", 2).words()
        'feature centred_5 sees 2 sessions ahead: at AAPL on 2010-03-04'
        """
        name = f"{self.kind} {self.what}" if self.kind in (FEATURE, SCALER) else self.what
        if self.kind == OUTCOME:
            name = f"feature {self.what}"
            return f"{name} is the outcome, which it sees {self.sees}: the prices do not make it"
        where = f"at {self.symbol} on {self.session}" if self.symbol else f"past {self.session}"
        return f"{name} sees {self.sees}: {where}"

    def document(self) -> dict[str, Any]:
        """Export as a JSON-ready object, with ``sees`` in words."""
        return {**asdict(self), "sees": self.sees}


@dataclass(frozen=True)
class AuditResult:
    """The audited items and their leaks.

    Attributes:
        features, states, scalers: names of the compared items.
        symbols: the sampled symbols.
        bars, sessions: their counts.
        cutoffs: the sessions after which the future was removed and rewritten.
        leaks: all leaks; a sound panel has none.
        seconds: duration of the audit.
    """

    features: tuple[str, ...]
    states: tuple[str, ...]
    scalers: tuple[str, ...]
    symbols: tuple[str, ...]
    bars: int
    sessions: int
    cutoffs: tuple[str, ...]
    leaks: tuple[Leak, ...]
    seconds: float

    def document(self) -> dict[str, Any]:
        """Export as a JSON-ready object."""
        return {**asdict(self), "leaks": [leak.document() for leak in self.leaks]}
