"""From the results of a suite to a verdict: which rows are refused and why, what stops the night."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from morrow.checks.suites import HOLD_SYMBOL, OBSERVED, REFUSING, STOP_NIGHT, Suite, one_line
from morrow.errors import ConfigError

_LONGEST_TEXT = 120


@dataclass(frozen=True, eq=False)
class Verdict:
    """What a gate decided.

    Attributes:
        passed: no row is refused and nothing stops the night; warnings are allowed.
        refusals: columns row (int64), rule, reason (str), one line a row and rule, in that order.
        warnings: sentences for the night's report.
        stops: sentences why the night must stop; empty if it may go on.
    """

    passed: bool
    refusals: pd.DataFrame
    warnings: tuple[str, ...]
    stops: tuple[str, ...]


def judge(suite: Suite, frame: pd.DataFrame, results: Iterable[Any]) -> Verdict:
    """Turn Great Expectations' results into a verdict.

    Args:
        suite: what was run.
        frame: what it was run on, indexed by the row numbers that the results name.
        results: one a expectation, in result format COMPLETE.

    Raises:
        ConfigError: an expectation could not be computed.
    """
    refused: list[pd.DataFrame] = []
    notices: dict[str, list[str]] = {}
    for result in results:
        meta = result.expectation_config.meta
        trouble = _exception(result.exception_info)
        if trouble is not None:
            raise ConfigError(
                f'suite "{suite.file}": rule "{meta["rule"]}" could not be computed '
                f"({result.expectation_config.type}: {one_line(trouble)}); correct it or take it out"
            )
        if result.success:
            continue
        if meta["action"] in REFUSING:
            bad = frame.loc[result.result["unexpected_index_list"]]
            refused.append(_refusals(meta["rule"], meta["reason"], bad))
            if meta["action"] == HOLD_SYMBOL:
                refused.append(_held(refused[-1], bad, frame))
        else:
            notices.setdefault(meta["action"], []).append(_notice(meta, result.result, frame))
    refusals = _merged(refused)
    stops = tuple(notices.pop(STOP_NIGHT, ()))
    warnings = tuple(sentence for sentences in notices.values() for sentence in sentences)
    return Verdict(refusals.empty and not stops, refusals, warnings, stops)


def _exception(info: Mapping[str, Any]) -> str | None:
    """Find the message of an exception that the library caught; it nests them by metric, or not."""
    caught = [info] if "raised_exception" in info else list(info.values())
    return next((str(each["exception_message"]) for each in caught if each["raised_exception"]), None)


def _refusals(rule: str, reason: str, bad: pd.DataFrame) -> pd.DataFrame:
    columns = {name: _texts(bad[name]) for name in bad.columns if f"{{{name}}}" in reason}
    filled = (dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True))
    reasons = [reason.format(**values) for values in filled] if columns else [reason] * len(bad)
    return pd.DataFrame({"row": bad.index, "rule": rule, "reason": reasons})


def _held(refusals: pd.DataFrame, bad: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Refuse what follows a bad row of the same symbol, each with the reason of the first bad row."""
    first = bad.assign(reason=refusals["reason"].to_numpy()).sort_values("session", kind="stable")
    first = first.drop_duplicates("symbol").set_index("symbol")
    since = frame["symbol"].map(first["session"])
    later = frame[(frame["session"] > since) & ~frame.index.isin(bad.index)]
    starts = since[later.index].dt.strftime("%Y-%m-%d")
    reasons = later["symbol"] + " is held since " + starts + ": " + later["symbol"].map(first["reason"])
    return pd.DataFrame({"row": later.index, "rule": refusals["rule"].iloc[0], "reason": reasons.to_numpy()})


def _notice(meta: Mapping[str, str], outcome: Mapping[str, Any], frame: pd.DataFrame) -> str:
    rows = outcome.get("unexpected_index_list")
    if rows is None:
        return f"{meta['rule']}: {meta['reason'].format(**{OBSERVED: outcome['observed_value']})}"
    first = _refusals(meta["rule"], meta["reason"], frame.loc[rows[:1]])["reason"].iloc[0]
    return f"{meta['rule']}: {len(rows)} of {len(frame)} rows; first: {first}"


def _merged(refused: list[pd.DataFrame]) -> pd.DataFrame:
    """One line a row and rule: where a rule fails in several columns, the reasons are joined."""
    blank = pd.DataFrame({"row": [], "rule": [], "reason": []}).astype(
        {"row": "int64", "rule": "str", "reason": "str"}
    )
    lines = pd.concat([blank, *refused], ignore_index=True)
    several = lines.duplicated(["row", "rule"], keep=False)
    joined = lines[several].groupby(["row", "rule"], sort=False)["reason"].agg("; ".join).reset_index()
    merged = pd.concat([lines[~several], joined])
    return merged.sort_values(["row", "rule"], ignore_index=True)


def _texts(values: pd.Series) -> list[str]:
    if values.dtype.kind == "M":
        values = values.dt.strftime("%Y-%m-%d")
    missing = values.isna()
    return [
        "missing" if empty else _text(value)
        for value, empty in zip(values.tolist(), missing.tolist(), strict=True)
    ]


def _text(value: object) -> str:
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    text = str(value)
    return text if len(text) <= _LONGEST_TEXT else f"{text[:_LONGEST_TEXT]}..."
