"""From the results of a suite to a verdict: which rows are refused and why, what stops the night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from morrow.checks.reasons import held, merged, texts, with_reason
from morrow.checks.sentences import sentence
from morrow.checks.suites import BY_SIGNS, HOLD_SYMBOL, OBSERVED, PLACE, REFUSING, STOP_NIGHT, Suite
from morrow.errors import ConfigError, one_line

_EXAMPLES = 5


class Example(NamedTuple):
    """A row that an expectation found, or None for the whole table, and the reason."""

    row: int | None
    symbol: str
    session: str
    reason: str


@dataclass(frozen=True)
class Outcome:
    """What became of one expectation of a suite.

    Attributes:
        rule: its rule; several expectations may share one.
        action: reject_row, hold_symbol, stop_night or warn.
        severity: critical, warning or info.
        notes: why it is asked.
        description: what it asks, in a sentence.
        passed: whether it holds.
        evaluated: rows that it looked at, 1 if it judges the table as a whole.
        failed: those of them that do not do what it asks.
        held: rows refused only because an earlier one of their symbol was.
        examples: the first that failed, if it does not hold.
    """

    rule: str
    action: str
    severity: str
    notes: str
    description: str
    passed: bool
    evaluated: int
    failed: int
    held: int
    examples: tuple[Example, ...]


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a gate decided.

    Attributes:
        passed: no row is refused and nothing stops the night; warnings are allowed.
        refusals: columns row (int64), rule, reason (str), one line a row and rule, in that order.
        warnings: sentences for the night's report.
        stops: sentences why the night must stop; empty if it may go on.
        outcomes: one an expectation, in the suite's order.
    """

    passed: bool
    refusals: pd.DataFrame
    warnings: tuple[str, ...]
    stops: tuple[str, ...]
    outcomes: tuple[Outcome, ...] = ()


def judge(
    suite: Suite, frame: pd.DataFrame, results: Iterable[Any], marked: pd.DataFrame | None = None
) -> Verdict:
    """Turn Great Expectations' results into a verdict.

    Args:
        suite: what was run.
        frame: what it was run on, indexed by the row numbers that the results name.
        results: one a expectation, in result format COMPLETE.
        marked: the rows that have signs of faults, with these, where some expectations ran on them alone.

    Raises:
        ConfigError: an expectation could not be computed.
    """
    refused: list[pd.DataFrame] = []
    notices: dict[str, list[str]] = {}
    outcomes = []
    for result in sorted(results, key=lambda each: each.expectation_config.meta[PLACE]):
        meta = result.expectation_config.meta
        trouble = _exception(result.exception_info)
        if trouble is not None:
            raise ConfigError(
                f'suite "{suite.file}": rule "{meta["rule"]}" could not be computed '
                f"({result.expectation_config.type}: {one_line(trouble, 300)}); correct it or take it out"
            )
        also, rows = 0, frame if marked is None or not meta[BY_SIGNS] else marked
        if not result.success and meta["action"] in REFUSING:
            failed = rows.loc[result.result["unexpected_index_list"]]
            bad = with_reason(meta, failed)
            later = held(bad, frame, failed.get("until")) if meta["action"] == HOLD_SYMBOL else bad[:0]
            also = len(later)
            refused += [bad, later]
        elif not result.success:
            notices.setdefault(meta["action"], []).append(_notice(meta, result.result, rows, len(frame)))
        outcomes.append(_outcome(suite, result, rows, len(frame), also))
    refusals = merged(refused)
    stops = tuple(notices.pop(STOP_NIGHT, ()))
    warnings = tuple(each for several in notices.values() for each in several)
    return Verdict(refusals.empty and not stops, refusals, warnings, stops, tuple(outcomes))


def _exception(info: Mapping[str, Any]) -> str | None:
    """Find the message of an exception that the library caught; it nests them by metric, or not."""
    caught = [info] if "raised_exception" in info else list(info.values())
    return next((str(each["exception_message"]) for each in caught if each["raised_exception"]), None)


def _notice(meta: Mapping[str, str], outcome: Mapping[str, Any], frame: pd.DataFrame, count: int) -> str:
    rows = outcome.get("unexpected_index_list")
    if rows is None:
        return f"{meta['rule']}: {_whole(meta, outcome)}"
    first = with_reason(meta, frame.loc[rows[:1]])["reason"].iloc[0]
    return f"{meta['rule']}: {len(rows)} of {count} rows; first: {first}"


def _whole(meta: Mapping[str, str], outcome: Mapping[str, Any]) -> str:
    """The reason where the table is judged as a whole."""
    return meta["reason"].format(**{OBSERVED: outcome["observed_value"]})


def _outcome(suite: Suite, result: Any, frame: pd.DataFrame, count: int, also: int) -> Outcome:
    """What became of an expectation; ``also`` rows are held because of it."""
    asked, facts = result.expectation_config, result.result
    written = suite.expectations.expectations[asked.meta[PLACE]]
    by_row = "unexpected_index_list" in facts
    return Outcome(
        rule=asked.meta["rule"],
        action=asked.meta["action"],
        severity=str(getattr(asked.severity, "value", asked.severity)),
        notes=str(asked.notes),
        description=sentence(written),
        passed=bool(result.success),
        evaluated=(count if asked.meta[BY_SIGNS] else int(facts["element_count"])) if by_row else 1,
        failed=len(facts["unexpected_index_list"]) if by_row else int(not result.success),
        held=also,
        examples=() if result.success else _examples(asked.meta, facts, frame),
    )


def _examples(meta: Mapping[str, str], facts: Mapping[str, Any], frame: pd.DataFrame) -> tuple[Example, ...]:
    if "unexpected_index_list" not in facts:
        return (Example(None, "", "", _whole(meta, facts)),)
    rows = frame.loc[facts["unexpected_index_list"][:_EXAMPLES]]
    named = "symbol" if "symbol" in rows else "feature"
    columns = [texts(rows[name]) if name in rows else [""] * len(rows) for name in (named, "session")]
    reasons = with_reason(meta, rows)["reason"].tolist()
    return tuple(Example(int(row), *each) for row, *each in zip(rows.index, *columns, reasons, strict=True))
