"""Read a case back as a user would, by ``morrow init`` and the night's source, and compare with the truth."""

import contextlib
import io
import re
import tempfile
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.files.cases import FIELDS, Case
from morrow import config, sources
from morrow.cli import main
from morrow.errors import UserError

READ_RIGHT, ASKED, WRONG = "read_right", "asked", "wrong"
_BEGIN = "# Take the # away before the answer that is right:\n"
_OR, _END = "# or:\n", "# What else may be needed"
_NUMBER_TOLERANCE, _FACTOR_TOLERANCE = 1e-9, 2e-3


@dataclass(frozen=True)
class Verdict:
    """What became of a case.

    Attributes:
        result: "read_right", "asked" or "wrong".
        why: one line.
    """

    result: str
    why: str


@dataclass(frozen=True)
class _Answer:
    code: int
    text: str
    written: str


def judge(case: Case) -> Verdict:
    """Write the case's files into a temporary folder, read them back and compare."""
    with tempfile.TemporaryDirectory(prefix="morrow-files-") as name:
        folder = Path(name)
        for file, data in case.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data)
        try:
            return _judge_in(case, folder)
        except Exception as error:  # noqa: BLE001 (a crash is a result)
            return Verdict(WRONG, f"crash: {type(error).__name__}: {error}")


def _judge_in(case: Case, folder: Path) -> Verdict:
    answer = _run_init(case, folder)
    if answer.code != 0:
        return _judge_question(case, folder, answer)
    if not answer.written:
        return Verdict(WRONG, "init ended with 0 and wrote nothing")
    if case.truth is None:
        return Verdict(WRONG, f"accepted: {answer.text}")
    if case.may_lack and (read := _lacks_what_is_named(case, answer.text)) is not None:
        verdict = _compare_read(read, folder, ASKED)
        return verdict if verdict.result == ASKED else _compare_read(case, folder, READ_RIGHT)
    return _compare_read(case, folder, READ_RIGHT)


def _lacks_what_is_named(case: Case, text: str) -> Case | None:
    """The case without those symbols that may be left out and that a text of ``init`` names."""
    assert case.truth is not None  # noqa: S101 (only files that hold bars are compared)
    lacking = [symbol for symbol in case.may_lack if re.search(rf"\b{symbol}\b[^\n]* not read", text)]
    return replace(case, truth=case.truth[~case.truth["symbol"].isin(lacking)]) if lacking else None


def _judge_question(case: Case, folder: Path, answer: _Answer) -> Verdict:
    if "this is a fault of morrow" in answer.text:
        return Verdict(WRONG, f"crash: {answer.text}")
    if case.question is None:
        return Verdict(WRONG, f"refused: {answer.text}")
    lacking = [word for word in case.question.words if not re.search(word, answer.text, re.IGNORECASE)]
    if lacking:
        return Verdict(WRONG, f"asked without {' and '.join(lacking)}: {answer.text}")
    if case.truth is None or case.question.is_final:
        return Verdict(ASKED, answer.text)
    return _follow_answers(case, folder, answer)


def _follow_answers(case: Case, folder: Path, asked: _Answer) -> Verdict:
    """Read again with each printed answer as it stands; one of them must read the file right."""
    answers = list_answers(asked.written)
    if not answers:
        return Verdict(WRONG, f"asked without a line that answers: {asked.text}")
    reasons = []
    for answer in answers:
        (folder / "morrow.toml").write_text(take_answer(asked.written, answer), encoding="utf-8")
        verdict = _compare_read(case, folder, ASKED)
        if verdict.result == ASKED:
            return Verdict(ASKED, f"{' and '.join(answer)}: {asked.text}")
        reasons.append(f"{' and '.join(answer)}: {verdict.why}")
    return Verdict(WRONG, f"no printed answer reads it: {'; '.join(reasons)}")


def list_answers(written: str) -> list[tuple[str, ...]]:
    """The answers in the comments of a configuration with a question, each as its lines."""
    if _BEGIN not in written:
        return []
    block = written.partition(_BEGIN)[2].partition(_END)[0]
    return [tuple(part.strip().splitlines()) for part in block.split(_OR)]


def take_answer(written: str, answer: tuple[str, ...]) -> str:
    """The configuration after a person took the # away before the lines of one answer."""
    block = "\n".join(answer)
    plain = "\n".join(line.removeprefix("# ") for line in answer)
    return written.replace(f"\n{block}\n", f"\n{plain}\n", 1)


def _run_init(case: Case, folder: Path) -> _Answer:
    option = "--parquet" if case.is_parquet else "--csv"
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            code = main(["init", str(folder), option, str(folder / case.path)])
        except SystemExit as stop:
            code = int(stop.code or 0)
    target = folder / "morrow.toml"
    written = target.read_text(encoding="utf-8") if target.exists() else ""
    questions = "\n".join(line for line in written.splitlines() if line.startswith("#")) if code else ""
    text = f"{err.getvalue()}{out.getvalue()}{questions}".replace(str(folder), "")
    return _Answer(code, text.strip(), written)


def _compare_read(case: Case, folder: Path, result: str) -> Verdict:
    try:
        settings = config.load(folder / "morrow.toml")
        universe = next(iter(settings.universes.values()))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            batch = sources.fetch(universe, settings.root)
    except UserError as error:
        return Verdict(WRONG, f"configured, then: {error}")
    difference = compare(case, batch.rows)
    return Verdict(WRONG, difference) if difference else Verdict(result, "")


def compare(case: Case, rows: pd.DataFrame) -> str:
    """The first difference between rows as read and the truth, empty if there is none."""
    assert case.truth is not None  # noqa: S101 (only files that hold bars are compared)
    malformed = rows["malformed"].notna()
    if malformed.sum() > case.refused:
        example = rows.loc[malformed].iloc[0]
        return f"{int(malformed.sum())} rows refused, first: {example['symbol']} {example['malformed']}"
    truth, rows = case.truth, rows[~malformed]
    rows = rows.assign(factor=rows["split_factor"] * rows["dividend_factor"])
    if not case.is_named:
        rows = rows.assign(symbol=rows["symbol"].map(_match_symbols(truth, rows)))
    wanted, read = sorted(set(truth["symbol"])), sorted(set(rows["symbol"].dropna()))
    if wanted != read:
        return f"symbols {read[:6]} instead of {wanted[:6]}"
    both = truth.merge(rows, on=["symbol", "session"], how="outer", suffixes=("", " read"), indicator=True)
    extra, lost = both[both["_merge"] == "right_only"], both[both["_merge"] == "left_only"]
    if len(lost) or len(extra):
        days = [f"{part['session'].iloc[0]:%Y-%m-%d}" if len(part) else "none" for part in (lost, extra)]
        return f"{len(lost)} bars lost (first {days[0]}), {len(extra)} that are none (first {days[1]})"
    for name in (*FIELDS, "factor"):
        if name in case.unchecked or (name == "factor" and truth["factor"].isna().all()):
            continue
        difference = _compare_field(both, name)
        if difference:
            return difference
    return ""


def _compare_field(both: pd.DataFrame, name: str) -> str:
    true, read = both[name].to_numpy("float64"), both[f"{name} read"].to_numpy("float64")
    tolerance = _FACTOR_TOLERANCE if name == "factor" else _NUMBER_TOLERANCE
    same = np.isclose(true, read, rtol=tolerance, atol=0.0, equal_nan=True)
    if same.all():
        return ""
    first = both.iloc[int(np.argmin(same))]
    return (
        f"{int((~same).sum())} of {len(both)} {name}s differ, first {first['symbol']} "
        f"{first['session']:%Y-%m-%d}: {first[f'{name} read']} instead of {first[name]}"
    )


def _match_symbols(truth: pd.DataFrame, rows: pd.DataFrame) -> dict[str, str]:
    """Names of the truth by those that were read, matched by most closes in common."""
    both = truth.merge(rows, on="session", suffixes=("", " read"))
    both = both[np.isclose(both["close"], both["close read"], rtol=_NUMBER_TOLERANCE, atol=0.0)]
    counts = both.groupby(["symbol read", "symbol"]).size().sort_values(ascending=False)
    matches: dict[str, str] = {}
    for theirs, ours in counts.index:
        if theirs not in matches and ours not in matches.values():
            matches[theirs] = ours
    return matches
