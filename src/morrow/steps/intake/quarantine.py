"""The quarantine: store refused rows, match rows with earlier refusals, and release rows that now pass."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from morrow import sources
from morrow.frames import QUARANTINE, empty
from morrow.steps.context import Night
from morrow.steps.intake.refusal_listing import ACCEPTED, DROPPED, RELEASED
from morrow.steps.intake.row_decisions import bars_as_text
from morrow.store.actions import Action

if TYPE_CHECKING:
    from morrow.checks import Verdict

REVISION = "revision"
_BAR = ["symbol", "session"]
_VALUES = ("open", "high", "low", "close", "volume")
_DIGITS = 9


@dataclass(frozen=True, eq=False)
class RefusedBefore:
    """Rows of a batch that were refused earlier.

    Attributes:
        table: the universe's quarantine.
        pairs: row (in the batch), batch and number of the same row when it was refused, rule and decision.
    """

    table: pd.DataFrame
    pairs: pd.DataFrame

    def find_dropped(self, rows: pd.DataFrame) -> NDArray[np.bool_]:
        """(R,) rows that a person has dropped; the gate must not let them in."""
        return self._with(rows, self.pairs["decision"] == DROPPED)

    def waits(self, refusals: pd.DataFrame) -> NDArray[np.bool_]:
        """Whether each refusal, by row and rule, is already in quarantine."""
        return _pairs(refusals, "rule").isin(_pairs(self.pairs, "rule"))

    def find_waived(self, refusals: pd.DataFrame) -> NDArray[np.bool_]:
        """The refusals, by row and rule, that a person has waived by accepting the row."""
        accepted = self.pairs[self.pairs["decision"] == ACCEPTED]
        return _pairs(refusals, "rule").isin(_pairs(accepted, "rule"))

    def find_released(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Find undecided quarantine lines whose row is among these."""
        free = self.pairs[self.pairs["decision"].isna() & self.pairs["row"].isin(rows["row"])]
        undecided_keys = pd.MultiIndex.from_frame(free[["batch", "number"]])
        lines = pd.MultiIndex.from_frame(self.table[["batch", "row"]]).isin(undecided_keys)
        return self.table[lines & self.table["decision"].isna().to_numpy()]

    def _with(self, rows: pd.DataFrame, which: "pd.Series[bool]") -> NDArray[np.bool_]:
        return rows["row"].isin(self.pairs.loc[which, "row"]).to_numpy()


def find_refused(night: Night, batch: sources.Batch, rows: pd.DataFrame) -> RefusedBefore:
    """Find the rows of a batch that are in quarantine, waiting or decided, by bar and by what was received.

    A row is the same if its text is the same, or if the bar to be stored from it has the same prices and
    volume: the text may hold more, such as an adjusted close that moves.

    Args:
        night: of one universe.
        batch: the batch as read.
        rows: its rows, prices as they would be stored.

    Raises:
        StoreError: the quarantine cannot be read.
    """
    table = night.store.read(QUARANTINE, night.universe)
    lines = table.assign(number=table["row"], line=np.arange(len(table)))
    no_match = RefusedBefore(table, lines.loc[:, ["row", "batch", "number", "rule", "decision"]][:0])
    if table.empty:
        return no_match
    without_key = rows["symbol"].isna() | rows["session"].isna()
    near = rows[
        without_key | pd.MultiIndex.from_frame(rows[_BAR]).isin(pd.MultiIndex.from_frame(lines[_BAR]))
    ]
    if near.empty:
        return no_match
    near = near.assign(received=sources.show_raw_rows(batch, near["row"]))
    lines = lines[pd.MultiIndex.from_frame(lines[_BAR]).isin(pd.MultiIndex.from_frame(near[_BAR]))]
    old = ["line", "batch", "number", "rule", "decision"]
    by_text = near[["row", *_BAR, "received"]].merge(lines[[*old, *_BAR, "received"]], on=[*_BAR, "received"])
    lines = lines.assign(values=_kept_values(lines["bar"]))
    bars = near[["row", *_BAR]].assign(values=_values(near))
    comparable = bars["values"].notna() & bars["session"].notna() & bars["symbol"].notna()
    by_bar = bars[comparable].merge(
        lines[[*old, *_BAR, "values"]].dropna(subset="values"), on=[*_BAR, "values"]
    )
    matches = pd.concat([by_text, by_bar]).drop_duplicates(["row", "line"])
    return RefusedBefore(table, matches[["row", "batch", "number", "rule", "decision"]])


def apply_decisions(
    verdict: "Verdict",
    refused_before: RefusedBefore,
    rows: pd.DataFrame,
    beyond: NDArray[np.bool_],
    tolerance: float,
) -> "Verdict":
    """Apply the revision rule to a verdict, and let rows pass that a person has accepted.

    Args:
        verdict: the gate's verdict.
        refused_before: rows that were refused earlier.
        rows: the judged rows.
        beyond: rows that change a stored price by more than the tolerance.
        tolerance: as configured; the suite's own only says what is usual.
    """
    changed = rows.loc[beyond, "row"].to_numpy()
    refusals = verdict.refusals
    within = (refusals["rule"] == REVISION) & ~refusals["row"].isin(changed)
    named = refusals.loc[refusals["rule"] == REVISION, "row"]
    unnamed = rows.loc[beyond & ~rows["row"].isin(named).to_numpy()]
    reasons = [
        f"{symbol} {session:%Y-%m-%d} is stored already, and its price has changed by more than "
        f"{tolerance:.2%} (close now {close:g})"
        for symbol, session, close in unnamed[[*_BAR, "close"]].itertuples(index=False)
    ]
    added = pd.DataFrame({"row": unnamed["row"], "rule": REVISION, "reason": reasons})
    combined = pd.concat([refusals[~within], added], ignore_index=True).astype(refusals.dtypes.to_dict())
    combined = combined[~refused_before.find_waived(combined)].sort_values(
        ["row", "rule"], kind="stable", ignore_index=True
    )
    return replace(verdict, refusals=combined, passed=combined.empty and not verdict.stops)


def keep_refused(
    night: Night,
    batch: sources.Batch,
    rows: pd.DataFrame,
    refused: pd.DataFrame,
    refused_before: RefusedBefore,
) -> int:
    """Store refused rows, each row and fault once, even if its file has grown.

    Args:
        night: of one universe.
        batch: the batch as read.
        rows: its rows, prices and factors as they would be stored.
        refused: row, rule and reason.
        refused_before: rows that were refused earlier.

    Returns:
        The number of rows that were not in quarantine before.

    Raises:
        StoreError: the table cannot be written.
    """
    records = refused[~refused_before.waits(refused)]
    _append(night, batch, rows, records.assign(decision=None, decided_by=None, decision_reason=None))
    return int(records["row"].nunique())


def keep_inferred(
    night: Night,
    batch: sources.Batch,
    stored: pd.DataFrame,
    ended: pd.DataFrame,
    inferred: Sequence[Action],
    refused_before: RefusedBefore,
) -> tuple[Action, ...]:
    """Store the rows that begin at an inferred action as refused by their rule and accepted by morrow.

    Args:
        night: of one universe.
        batch: the batch as read.
        stored: its rows that are not refused.
        ended: row, symbol, session, rule and reason of the holds that ended tonight.
        inferred: the actions that explain them.
        refused_before: rows that were refused earlier: these are released.

    Returns:
        The actions at which a row is stored.

    Raises:
        StoreError: the table cannot be written.
    """
    actions = {(action.symbol, action.session): action for action in inferred}
    if not actions:
        return ()
    firsts = ended.drop_duplicates(["row", "rule"])
    explained = [key in actions for key in zip(firsts["symbol"], firsts["session"], strict=True)]
    firsts = firsts[np.array(explained) & firsts["row"].isin(stored["row"]).to_numpy()]
    ends = [actions[key] for key in zip(firsts["symbol"], firsts["session"], strict=True)]
    lines = firsts.assign(decision_reason=[action.reason for action in ends]).drop(columns=_BAR)
    lines = lines[~refused_before.waits(lines)].assign(decision=ACCEPTED, decided_by="morrow")
    _append(night, batch, stored, lines)
    return tuple(dict.fromkeys(ends))


def _append(night: Night, batch: sources.Batch, rows: pd.DataFrame, records: pd.DataFrame) -> None:
    """Add lines of row, rule, reason and decision."""
    if records.empty:
        return
    records = records.merge(rows[["row", *_BAR]], on="row")
    records["received"] = sources.show_raw_rows(batch, records["row"])
    records = records.assign(batch=batch.id, universe=night.universe, first_seen=night.now)
    texts = bars_as_text(rows[rows["row"].isin(records["row"])], batch.source)
    records["bar"] = texts.reindex(records["row"]).to_numpy()
    stamps = records["decision"].map(lambda decision: None if decision is None else night.now)
    night.store.append(QUARANTINE, records.assign(decided_at=stamps)[empty(QUARANTINE).columns.tolist()])
    night.forget_findings()


def release(night: Night, refused_before: RefusedBefore, stored: pd.DataFrame) -> int:
    """Mark waiting rows as released if they have passed the gate and are now stored.

    Args:
        night: of one universe.
        refused_before: rows that were refused earlier.
        stored: rows of the batch that are stored unchanged.

    Returns:
        The number of rows released.

    Raises:
        StoreError: the table cannot be written.
    """
    lines = refused_before.find_released(stored)
    if lines.empty:
        return 0
    why = "the gate let it pass when what followed was known"
    night.store.upsert(
        QUARANTINE,
        lines.assign(decision=RELEASED, decided_by="morrow", decided_at=night.now, decision_reason=why),
    )
    night.forget_findings()
    return len(lines.drop_duplicates(["batch", "row"]))


def _pairs(frame: pd.DataFrame, other: str) -> pd.MultiIndex:
    return pd.MultiIndex.from_arrays([frame["row"].to_numpy(np.int64), frame[other].astype(str)])


def _values(rows: pd.DataFrame) -> "pd.Series[str]":
    """Format the values of each bar as a string that is equal for equal bars."""
    texts = [
        " ".join(f"{value:.{_DIGITS}g}" for value in bar)
        for bar in rows[list(_VALUES)].itertuples(index=False)
    ]
    return pd.Series(texts, index=rows.index, dtype="str")


def _kept_values(bars: "pd.Series[str]") -> "pd.Series[str]":
    """Do the same for the bars that the quarantine stores as JSON; missing where there is none."""
    parsed_bars = [json.loads(text) if isinstance(text, str) else None for text in bars]
    frame = pd.DataFrame(
        [{name: float("nan") if bar is None or bar[name] is None else float(bar[name]) for name in _VALUES}
         for bar in parsed_bars],
        index=bars.index, columns=list(_VALUES), dtype="float64",
    )  # fmt: skip
    return _values(frame).where(bars.notna().to_numpy())
