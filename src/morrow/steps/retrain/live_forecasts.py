"""The champion's live forecasts, by their matured scores, beside its backtest on the same rows."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from morrow.frames import SCORES
from morrow.steps.context import Night

COLUMNS = ["symbol", "cutoff", "step", "model_version", "pinball"]
UNKNOWN = "no live forecast of the champion has matured on these sessions; it was judged by its backtest"


@dataclass(frozen=True)
class LiveRecord:
    """Mean pinball loss of live forecasts and of the backtest on the rows that both have.

    Attributes:
        live: of the forecasts that the champion's versions published.
        backtest: of the same recipe's out-of-fold forecasts tonight.
        rows: their number: a symbol, a cutoff and a step each.
        first, last: cutoffs of the first and the newest of them, YYYY-MM-DD.
    """

    live: float
    backtest: float
    rows: int
    first: str
    last: str

    @property
    def measures(self) -> dict[str, float]:
        """What a leaderboard row says of it."""
        return {
            "live_pinball": self.live,
            "live_backtest_pinball": self.backtest,
            "live_rows": float(self.rows),
        }

    @property
    def window(self) -> str:
        """First and last cutoff."""
        return f"{self.first}..{self.last}"

    def describe(self) -> str:
        """One line, which says what the contest used."""
        return (
            f"the champion was judged by its backtest, like all others; its live forecasts on {self.window} "
            f"have {self.live * 10_000:.3f} bp, and its backtest {self.backtest * 10_000:.3f} bp on the same "
            f"{self.rows:,} rows"
        )


def read_live_record(night: Night, champion: str, losses: pd.DataFrame) -> LiveRecord | None:
    """The record of a recipe's versions; None if no live forecast has matured on a scored row.

    Args:
        night: of the champion's universe.
        champion: the reigning recipe.
        losses: its out-of-fold losses, as in :class:`morrow.contest.Entry`.

    Raises:
        StoreError: the scores cannot be read.
        RegistryError: the versions cannot be read.
    """
    versions = night.registry.versions(night.universe)
    own = {each.version for each in versions if each.tags.get("recipe") == champion}
    scores = night.store.read(SCORES, night.universe, columns=COLUMNS)
    names = night.market.members.newest_names(losses["symbol"], losses["session"])
    return compare_live(scores, own, losses.assign(symbol=names))


def compare_live(scores: pd.DataFrame, versions: Collection[str], losses: pd.DataFrame) -> LiveRecord | None:
    """Compare scores of these versions with losses on the rows that both have; None without any."""
    own = scores[scores["model_version"].astype(str).isin(set(versions))]
    own = own.drop_duplicates(["symbol", "cutoff", "step"], keep="last").astype({"step": "int64"})
    backtest = losses[["symbol", "session", "step", "loss"]].rename(columns={"session": "cutoff"})
    dates = {"cutoff": "datetime64[us]", "step": "int64"}
    both = own.astype({"cutoff": "datetime64[us]"}).merge(
        backtest.astype(dates), on=["symbol", "cutoff", "step"]
    )
    if both.empty:
        return None
    first, last = (f"{day:%Y-%m-%d}" for day in (both["cutoff"].min(), both["cutoff"].max()))
    return LiveRecord(float(both["pinball"].mean()), float(both["loss"].mean()), len(both), first, last)


def describe_record(record: LiveRecord | None) -> str:
    """One line about the champion's live forecasts, also where there are none."""
    return UNKNOWN if record is None else record.describe()


def document_record(record: LiveRecord | None) -> Mapping[str, Any]:
    """JSON-ready: the record, and the line about it."""
    return {"about": describe_record(record), **({} if record is None else vars(record))}
