"""Verdicts: which rows a gate refuses and why, what it warns of and what stops the night."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from morrow.checks.suites import (
    BY_MEASURES,
    HOLD_SYMBOL,
    INDEX,
    OBSERVED,
    REFUSING,
    STOP_NIGHT,
    Suite,
    describe,
)
from morrow.errors import ConfigError, one_line

_EXAMPLES = 5
_LONGEST_VALUE = 120  # characters of a value in a reason
_BAR = ["symbol", "session"]


class Example(NamedTuple):
    """A row that failed an expectation (None: the whole table) and the reason."""

    row: int | None
    symbol: str
    session: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """The result of one expectation of a suite.

    Attributes:
        rule: its rule; several expectations may share one.
        action: reject_row, hold_symbol, stop_night or warn.
        severity: critical, warning or info.
        notes: why it is expected.
        description: what it expects, in a sentence.
        passed: whether it is met.
        evaluated: rows that it judged, 1 if it judges the table as a whole.
        failed: how many of them fail it.
        held_rows: rows refused only because an earlier row of their symbol failed.
        examples: the first rows that failed.
    """

    rule: str
    action: str
    severity: str
    notes: str
    description: str
    passed: bool
    evaluated: int
    failed: int
    held_rows: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, eq=False)
class Verdict:
    """The decision of a gate.

    Attributes:
        passed: no row is refused and nothing stops the night; warnings are allowed.
        refusals: columns row (int64), rule, reason (str); one line per row and rule, sorted by both.
        warnings: sentences for the night's report.
        stops: sentences why the night must stop; empty if it may go on.
        outcomes: one per expectation, in the suite's order.
        holds: the rows at which a symbol began to be held: row, symbol, session, rule, reason and what was
            measured of them.
    """

    passed: bool
    refusals: pd.DataFrame
    warnings: tuple[str, ...]
    stops: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()
    holds: pd.DataFrame = field(default_factory=pd.DataFrame)


def judge(
    suite: Suite, frame: pd.DataFrame, results: Iterable[Any], measured: pd.DataFrame | None = None
) -> Verdict:
    """Turn Great Expectations' results into a verdict.

    Args:
        suite: that was run.
        frame: that it was run on, indexed by the row numbers that the results name.
        results: one per expectation, in result format COMPLETE.
        measured: the rows with measures of faults, if some expectations ran on them alone.

    Raises:
        ConfigError: an expectation could not be computed.
    """
    refused: list[pd.DataFrame] = []
    notices: dict[str, list[str]] = {}
    outcomes, holds = [], []
    for result in sorted(results, key=lambda each: each.expectation_config.meta[INDEX]):
        meta = result.expectation_config.meta
        error = _exception_message(result.exception_info)
        if error is not None:
            raise ConfigError(
                f'suite "{suite.file}": rule "{meta["rule"]}" could not be computed '
                f"({result.expectation_config.type}: {one_line(error, 300)}); correct it or take it out"
            )
        held_rows, rows = 0, frame if measured is None or not meta[BY_MEASURES] else measured
        if not result.success and meta["action"] in REFUSING:
            failed = rows.loc[result.result["unexpected_index_list"]]
            bad = fill_reasons(meta, failed)
            later = (
                hold_later_rows(bad, frame, failed.get("until")) if meta["action"] == HOLD_SYMBOL else bad[:0]
            )
            if meta["action"] == HOLD_SYMBOL:
                holds.append(failed.assign(rule=meta["rule"], reason=bad["reason"].to_numpy()))
            held_rows = len(later)
            refused += [bad, later]
        elif not result.success:
            notices.setdefault(meta["action"], []).append(_notice(meta, result.result, rows, len(frame)))
        outcomes.append(_outcome(suite, result, rows, len(frame), held_rows))
    refusals = merge_refusals(refused)
    stops = tuple(notices.pop(STOP_NIGHT, ()))
    warnings = tuple(each for several in notices.values() for each in several)
    held = pd.concat(holds) if holds else pd.DataFrame()
    return Verdict(refusals.empty and not stops, refusals, warnings, stops, tuple(outcomes), held)


def _exception_message(info: Mapping[str, Any]) -> str | None:
    """The message of an exception that the library caught; some of them are nested by metric."""
    caught = [info] if "raised_exception" in info else list(info.values())
    return next((str(each["exception_message"]) for each in caught if each["raised_exception"]), None)


def _notice(meta: Mapping[str, str], outcome: Mapping[str, Any], frame: pd.DataFrame, count: int) -> str:
    rows = outcome.get("unexpected_index_list")
    if rows is None:
        return f"{meta['rule']}: {_reason_of_table(meta, outcome)}"
    first = fill_reasons(meta, frame.loc[rows[:1]])["reason"].iloc[0]
    return f"{meta['rule']}: {len(rows)} of {count} rows; first: {first}"


def _reason_of_table(meta: Mapping[str, str], outcome: Mapping[str, Any]) -> str:
    """The reason of an expectation that judges the table as a whole."""
    return meta["reason"].format(**{OBSERVED: outcome["observed_value"]})


def _outcome(suite: Suite, result: Any, frame: pd.DataFrame, count: int, held_rows: int) -> Outcome:
    """The outcome of an expectation whose result came from ``count`` rows in all."""
    ran, facts = result.expectation_config, result.result
    expectation = suite.expectations.expectations[ran.meta[INDEX]]
    by_row = "unexpected_index_list" in facts
    return Outcome(
        rule=ran.meta["rule"],
        action=ran.meta["action"],
        severity=str(getattr(ran.severity, "value", ran.severity)),
        notes=str(ran.notes),
        description=describe(expectation),
        passed=bool(result.success),
        evaluated=(count if ran.meta[BY_MEASURES] else int(facts["element_count"])) if by_row else 1,
        failed=len(facts["unexpected_index_list"]) if by_row else int(not result.success),
        held_rows=held_rows,
        examples=() if result.success else _examples(ran.meta, facts, frame),
    )


def _examples(meta: Mapping[str, str], facts: Mapping[str, Any], frame: pd.DataFrame) -> tuple[Example, ...]:
    if "unexpected_index_list" not in facts:
        return (Example(None, "", "", _reason_of_table(meta, facts)),)
    rows = frame.loc[facts["unexpected_index_list"][:_EXAMPLES]]
    named = "symbol" if "symbol" in rows else "feature"
    columns = [format_values(rows[name]) if name in rows else [""] * len(rows) for name in (named, "session")]
    reasons = fill_reasons(meta, rows)["reason"].tolist()
    return tuple(Example(int(row), *each) for row, *each in zip(rows.index, *columns, reasons, strict=True))


def fill_reasons(meta: Mapping[str, str], bad: pd.DataFrame) -> pd.DataFrame:
    """Give each row that failed a rule its reason, with the row's own values in it.

    Args:
        meta: ``rule``, and ``reason`` with columns of the frame as its fields.
        bad: the rows, indexed by their numbers.

    Returns:
        Columns row, rule, reason.
    """
    rule, reason = meta["rule"], meta["reason"]
    columns = {name: format_values(bad[name]) for name in bad.columns if f"{{{name}}}" in reason}
    filled = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    reasons = [reason.format(**values) for values in filled] if columns else [reason] * len(bad)
    return pd.DataFrame({"row": bad.index, "rule": rule, "reason": reasons})


def hold_later_rows(bad: pd.DataFrame, frame: pd.DataFrame, until: pd.Series | None = None) -> pd.DataFrame:
    """Refuse the later rows of symbols whose earlier rows failed a rule.

    Args:
        bad: row, rule, reason of the rows that failed one rule.
        frame: all judged rows with symbol and session, indexed by their numbers.
        until: session from which a bad row no longer holds others, indexed as ``frame``; NaT for no end.

    Returns:
        Columns row, rule, reason: every row of the same symbol and a later session, with a reason that
        names the first row that failed.
    """
    failed = frame.loc[bad["row"], _BAR].assign(why=bad["reason"].to_numpy())
    failed["until"] = pd.Series(np.datetime64("NaT"), failed.index) if until is None else until
    failed = failed.dropna(subset=_BAR).sort_values("session", kind="stable")
    failed["since"] = failed["session"]
    later = frame.loc[frame["symbol"].isin(failed["symbol"]) & ~frame.index.isin(bad["row"]), _BAR]
    later = later.dropna().sort_values("session", kind="stable")
    lasting = failed[failed["until"].isna()].drop_duplicates("symbol")
    parts = [_join_failures(later, each) for each in (lasting, failed)]
    both = parts[0].where(parts[0]["since"].notna(), parts[1])
    both = both[both["since"].notna()].sort_index()
    reasons = [
        f"{symbol} is held since {day}: {why}"
        for symbol, day, why in zip(both["symbol"], format_values(both["since"]), both["why"], strict=True)
    ]
    return pd.DataFrame({"row": both.index, "rule": bad["rule"].iloc[0], "reason": reasons})


def _join_failures(later: pd.DataFrame, failed: pd.DataFrame) -> pd.DataFrame:
    """Join each later row with the last failed one before it; empty where that one no longer holds it."""
    joined = pd.merge_asof(
        later,
        failed[["session", "symbol", "since", "until", "why"]].astype({"session": later["session"].dtype}),
        on="session",
        by="symbol",
        allow_exact_matches=False,
    ).set_axis(later.index, axis=0)
    over = joined["session"] >= joined["until"]
    joined.loc[over, ["since", "why"]] = None
    return joined


def merge_refusals(refused: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """One line per row and rule: where a rule fails in several columns, the reasons are joined."""
    blank = pd.DataFrame({"row": [], "rule": [], "reason": []}).astype(
        {"row": "int64", "rule": "str", "reason": "str"}
    )
    lines = pd.concat([blank, *refused], ignore_index=True)
    several = lines.duplicated(["row", "rule"], keep=False)
    joined = lines[several].groupby(["row", "rule"], sort=False)["reason"].agg("; ".join).reset_index()
    both = pd.concat([lines[~several], joined])
    return both.sort_values(["row", "rule"], ignore_index=True)


def format_values(values: pd.Series) -> list[str]:
    """Values as text for people; "missing" where there is none."""
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%d")
    missing = values.isna()
    return [
        "missing" if empty else _format_value(value)
        for value, empty in zip(values.tolist(), missing.tolist(), strict=True)
    ]


def _format_value(value: object) -> str:
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    text = str(value)
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}..."
