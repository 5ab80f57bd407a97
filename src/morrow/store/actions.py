"""Actions that were read out of prices: steps of a factor that the source does not give.

An action lies in ``prices`` as any other step of a factor, and in ``revisions`` as one row whose reason
begins with ``ACTION``: its ratio is ``is / was``. Taking it back is one more row, with the inverse ratio; on
the day on which the action became known it takes the place of that row, and its reason keeps the ratio.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import numpy as np
import pandas as pd

from morrow.frames import REVISIONS
from morrow.store.tables import Condition, Tables

ACTION = "action: "
SPLIT, DIVIDEND = "split_factor", "dividend_factor"
_TAKEN_BACK = re.compile(r", which takes back a factor of ([0-9.e+-]+)$")
_AFTER_ACTION = "action;"  # the next text in order: every reason with the prefix is before it
_LARGEST = 1000  # new or old shares of a split
_NEAR = 5  # rows around an action in which the source's own factor may step instead
_NOTHING = 1e-9  # of the logarithm


@dataclass(frozen=True)
class Action:
    """A step of one factor at a session.

    Attributes:
        symbol: whose factor it is.
        session: first session after the action.
        field: ``split_factor`` or ``dividend_factor``.
        ratio: the factor is multiplied by it from that session on; above 0.
        reason: what it is and who says so, such as "split 2:1, inferred".
        closes: as traded, the last before that session and the first from it on; None where not given.
    """

    symbol: str
    session: pd.Timestamp
    field: str
    ratio: float
    reason: str
    closes: tuple[float, float] | None = None


def describe_split(ratio: float) -> str:
    """Write a split's ratio as new and old shares.

    >>> describe_split(2.0), describe_split(1.5), describe_split(0.125)
    ('split 2:1', 'split 3:2', 'split 1:8')
    """
    shares = Fraction(ratio).limit_denominator(_LARGEST)
    return f"split {shares.numerator}:{shares.denominator}"


def read_ledger(store: Tables, universe: str, as_of: date | None) -> pd.DataFrame:
    """Read every recorded action of a universe that was known at the end of a day (None: now).

    Returns:
        Rows of ``revisions`` in the order in which they became known, their reasons without the prefix.

    Raises:
        StoreError: the table cannot be read.
    """
    where: list[Condition] = [("reason", ">=", ACTION), ("reason", "<", _AFTER_ACTION)]
    if as_of is not None:
        where.append(("known_at", "<=", as_of))
    rows = store.read(REVISIONS, universe, where=where).sort_values("known_at", kind="stable")
    return rows.assign(reason=rows["reason"].str.removeprefix(ACTION))


def net_actions(ledger: pd.DataFrame) -> tuple[Action, ...]:
    """What is left of the recorded actions: one per symbol, session and factor, without those taken back."""
    net = []
    for (symbol, _, field), rows in ledger.groupby(["symbol", "session", "field"], sort=True):
        ratio = float(np.prod(rows["is"].to_numpy(np.float64) / rows["was"].to_numpy(np.float64)))
        if abs(np.log(ratio)) > _NOTHING:
            first = pd.Timestamp(rows["session"].iloc[0])
            net.append(Action(str(symbol), first, str(field), ratio, str(rows["reason"].iloc[-1])))
    return tuple(net)


def list_taken_back(ledger: pd.DataFrame) -> dict[str, list[float]]:
    """The ratios, both factors together, of the actions that were taken back, by symbol."""
    ratios: dict[str, list[float]] = {}
    for (symbol, _), rows in ledger.groupby(["symbol", "session"], sort=True):
        steps = rows["is"].to_numpy(np.float64) / rows["was"].to_numpy(np.float64)
        if abs(np.log(steps.prod())) <= _NOTHING:
            same_day = rows["reason"].str.extract(_TAKEN_BACK, expand=False).to_numpy(np.float64)
            steps = np.where(np.isnan(same_day), steps, same_day)
            ratios.setdefault(str(symbol), []).append(float(steps[~rows["field"].duplicated()].prod()))
    return ratios


def apply_actions(rows: pd.DataFrame, actions: Iterable[Action]) -> pd.DataFrame:
    """Multiply the factors of a batch by actions, where its prices still make the steps.

    An action is left out where the batch's own factors explain the step by now, or where its prices no longer
    make it, because the source has adjusted its history.

    Args:
        rows: symbol, session, close and both factors, in any order.
        actions: of any symbols.
    """
    actions = tuple(actions)
    if not actions:
        return rows
    factors = {name: rows[name].to_numpy(np.float64, copy=True) for name in (SPLIT, DIVIDEND)}
    days = rows["session"].to_numpy("datetime64[us]")
    wanted = rows["symbol"].isin({action.symbol for action in actions}).to_numpy()
    groups = rows[wanted].groupby("symbol", sort=False).indices
    of_wanted = np.flatnonzero(wanted)
    totals: dict[tuple[str, pd.Timestamp], float] = {}
    for action in actions:
        key = (action.symbol, action.session)
        totals[key] = totals.get(key, 0.0) + float(np.log(action.ratio))
    for action in actions:
        own = of_wanted[groups.get(action.symbol, np.empty(0, dtype=np.int64))]
        own = own[days[own] == days[own]]
        own = own[np.argsort(days[own], kind="stable")]
        total = totals[action.symbol, action.session]
        if len(own) and _is_open(rows.iloc[own], action.session, total):
            later = own[days[own] >= action.session.to_datetime64()]
            factors[action.field][later] *= action.ratio
    changed: pd.DataFrame = rows.assign(**factors)
    return changed


def _is_open(own: pd.DataFrame, session: pd.Timestamp, size: float) -> bool:
    """Whether one symbol's rows, sorted by session, still make a step that an action of this log explains."""
    good = own[(own["close"] > 0) & (own[SPLIT] > 0) & (own[DIVIDEND] > 0)]
    factor = np.log(good[SPLIT].to_numpy(np.float64) * good[DIVIDEND].to_numpy(np.float64))
    level = np.log(good["close"].to_numpy(np.float64)) + factor
    at = int(np.searchsorted(good["session"].to_numpy("datetime64[us]"), session.to_datetime64()))
    if at == 0 or at == len(good):
        return True
    beside = factor[min(at + _NEAR, len(factor) - 1)] - factor[max(at - 1 - _NEAR, 0)]
    if beside * np.sign(size) >= abs(size) / 2:
        return False
    return bool((level[at] - level[at - 1]) * np.sign(size) <= -abs(size) / 2)


def name_actions(bars: pd.DataFrame, actions: Iterable[Action]) -> pd.Series:
    """The bars' sources; that of a bar at which an action begins names the action too."""
    sources = bars["source"].astype("object").copy()
    for action in actions:
        own = _at(bars, action)
        sources[own] = [f"{source}; {action.reason}" for source in sources[own]]
    return sources


def list_action_steps(bars: pd.DataFrame, actions: Iterable[Action]) -> pd.DataFrame:
    """Rows of ``revisions`` for the actions that begin at new bars, known when those bars are.

    Args:
        bars: rows of ``prices`` that are not stored yet; actions at other bars are left out.
        actions: that their factors contain.
    """
    parts = []
    for action in actions:
        own = bars[_at(bars, action)]
        parts.append(
            own[["symbol", "session", "known_at"]].assign(
                field=action.field,
                was=own[action.field] / action.ratio,
                **{"is": own[action.field]},
                reason=f"{ACTION}{action.reason}",
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def name_action_revisions(changes: pd.DataFrame, actions: Iterable[Action]) -> pd.DataFrame:
    """Changes of stored bars, those at which an action begins with the action as their reason."""
    reasons = changes["reason"].astype("object").copy()
    for action in actions:
        reasons[_at(changes, action) & (changes["field"] == action.field)] = f"{ACTION}{action.reason}"
    return changes.assign(reason=reasons)


def name_ratios_taken_back(joined: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Rows of ``revisions``, those that take an action back on its own day with its ratio in their reason.

    Args:
        joined: the changes, joined with what became known on the same day: ``was`` is what was known before.
        changes: the same rows, with ``was`` as it is stored.
    """
    reasons = joined["reason"].astype("object").copy()
    back = (joined["was"] == joined["is"]) & reasons.str.startswith(ACTION)
    for row in joined.index[back]:
        ratio = float(changes.loc[row, "was"] / changes.loc[row, "is"])
        reasons[row] += f", which takes back a factor of {ratio!r}"
    return joined.assign(reason=reasons)


def _at(bars: pd.DataFrame, action: Action) -> "pd.Series[bool]":
    return (bars["symbol"] == action.symbol) & (bars["session"] == action.session)
