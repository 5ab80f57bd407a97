"""The night's report for people: a short text per universe."""

from collections.abc import Mapping, Sequence
from typing import Any

from morrow.config import ZERO_SHOT
from morrow.steps.alarms import alarm_lines
from morrow.steps.intake.holds import NO_BAR

GAPS_IN_WORDS = 3
NAMES_IN_WORDS = 8
HOLDS_IN_WORDS = 10
UNREMARKABLE_AGE_DAYS = 10
SCORE_WORDS = (
    ("ended", "of symbols that had ended"),
    ("waiting", "whose session has come wait for a bar"),
)


def summary(reports: Sequence[Mapping[str, Any]], ui: str = "morrow ui") -> str:
    """The reports in a form that a person can read in a minute; ``ui`` is the command to type next."""
    blocks = [_block(each) for each in reports]
    if any(each.get("leaderboard") and not _is_quiet(each) for each in reports):
        blocks.append(f"Next: {ui}   (compare the runs in MLflow)")
    return "\n\n".join(blocks)


def _is_quiet(facts: Mapping[str, Any]) -> bool:
    """Whether a whole night found nothing new and needs nobody."""
    ingest, retrained, export = facts["ingest"], facts["retrained"], facts["export"]
    if not (ingest and retrained and export and facts["scores"] and facts["champion"]):
        return False
    changed = any(ingest.get(name) for name in ("accepted", "revised", "quarantined", "released", "inferred"))
    waiting = alarm_lines(facts) or hold_lines(facts) or facts.get("after_cutoff")
    waiting = waiting or facts["scores"]["matured"] or facts["scores"]["waiting"]
    waiting = waiting or (facts.get("calendar") or {}).get("advice")
    return not (changed or waiting or facts["stale"] or retrained["due"] or export["new"])


def _quiet_lines(facts: Mapping[str, Any]) -> list[str]:
    """What a night says that found nothing new: the cutoff and the champion, and where the export is."""
    one, export = facts["champion"], facts["export"]
    return [
        f"{_heading(facts)}: nothing new; {one['name']} version {one['version']} stays champion",
        f"  export     {export['path']}/  {export['rows']} rows, unchanged",
    ]


def _block(facts: Mapping[str, Any]) -> str:
    if _is_quiet(facts):
        return "\n".join(_quiet_lines(facts))
    lines = [*alarm_lines(facts), _heading(facts), *hold_lines(facts)]
    lines += _ingest_lines(facts["ingest"])
    lines += _completeness_lines((facts["ingest"] or {}).get("completeness"))
    lines += _later_lines(facts.get("after_cutoff") or ())
    lines += _calendar_lines(facts.get("calendar"))
    lines.append(f"  members    {facts['membership']}")
    lines += _dropped_lines(facts.get("features"))
    lines += _gate_lines(facts.get("gates", ()))
    if facts["leaderboard"]:
        judged = facts["verdict"]["judged_at"]
        lines += ["  leaderboard on the test sessions, judged at " + judged, *_board_lines(facts)]
        lines.append(f"  verdict    {facts['verdict']['reason']}")
    if facts["retrained"] and not facts["retrained"]["due"]:
        lines.append(f"  retrain    not due: {facts['retrained']['why']}")
    lines += _champion_lines(facts["champion"], facts["forecast"])
    lines += _fallback_lines(facts["forecast"]["fallback"] if facts["forecast"] else ())
    if facts["export"]:
        one = facts["export"]
        state = "" if one["new"] else ", unchanged"
        lines.append(f"  export     {one['path']}/  {one['rows']} rows{state}")
        lines += [_target_line(each) for each in one.get("targets", ()) if each["delivered"]]
    if facts["scores"] and (facts["scores"]["scored"] or facts["scores"]["waiting"]):
        one = facts["scores"]
        more = [f"{one[name]} {words}" for name, words in SCORE_WORDS if one[name]]
        words = "; ".join([f"{one['matured']} forecasts matured tonight, {one['scored']} in all", *more])
        lines.append(f"  scores     {words}")
    if facts.get("board"):
        lines.append(f"  board      {facts['board']['path']}")
    times = [f"{name} {value:.1f}" for name, value in facts["seconds"].items()]
    lines.append(f"  seconds    {', '.join(times)}")
    return "\n".join(lines)


def _target_line(target: Mapping[str, Any]) -> str:
    count = len(target["delivered"])
    return f"  target     {target['target']} got {count} export{'s' if count > 1 else ''}"


def hold_lines(facts: Mapping[str, Any]) -> list[str]:
    """Lines per symbol that is held or whose newest bar is refused: why, and the command that ends it."""
    lines = []
    for head, waiting in (("held", facts.get("holds", ())), ("refused", facts.get("newest_refused", ()))):
        for one in waiting[:HOLDS_IN_WORDS]:
            rows = f"{one['rows']:,} {'row waits' if one['rows'] == 1 else 'rows wait'}"
            lines += [
                f"  {head:<10} {one['symbol']} since {one['since']}, {rows}: {one['rule']}: {one['reason']}",
                f"             {one['purpose']}: {one['command']}",
                f"             {one['advice']}",
            ]
        if len(waiting) > HOLDS_IN_WORDS:
            more = len(waiting) - HOLDS_IN_WORDS
            lines.append(f"  {head:<10} and {more:,} more symbols; see: {facts['list_refused']}")
    return lines


def _inferred_lines(facts: Mapping[str, Any]) -> list[str]:
    return [
        f"  inferred   {one['symbol']} {word_action(one)}; undo: {one['undo']}"
        for one in facts.get("inferred", ())
    ]


def word_action(facts: Mapping[str, Any]) -> str:
    """An inferred action as JSON has it, in words."""
    words = f"{facts['reading'].removesuffix(', inferred')} on {facts['session']}"
    if closes := facts["closes"]:
        words += f", from {closes[0]:.10g} to {closes[1]:.10g}"
    return f"{words}, factor {facts['ratio']:.6g}"


def _heading(facts: Mapping[str, Any]) -> str:
    remarks = ["stale"] if facts["stale"] else []
    if (facts.get("age_days") or 0) > UNREMARKABLE_AGE_DAYS:
        remarks.append(f"newest session {facts['age_days']:,} days ago")
    words = f"  ({', '.join(remarks)})" if remarks else ""
    return f"{facts['universe']}  cutoff {facts['cutoff'] or '-'}{words}"


def _ingest_lines(facts: Mapping[str, Any] | None) -> list[str]:
    if facts is None:
        return []
    lines = []
    if "received" in facts:
        words = [
            f"{facts[name]:,} {word}"
            for name, word in (
                ("accepted", "new"), ("revised", "revised"), ("unchanged", "unchanged"),
                ("duplicates", "duplicate"), ("quarantined", "refused"), ("refused_before", "refused before"),
                ("early", "not final yet"), ("carried", "carried forward"),
            )
            if facts.get(name)
        ]  # fmt: skip
        nothing = "" if facts["accepted"] or facts["revised"] or facts["quarantined"] else "; nothing new"
        lines.append(f"  ingest     {facts['received']:,} rows received: {', '.join(words)}{nothing}")
        if facts["late"]:
            lines.append(f"  late       {facts['late']:,} of the new bars, of sessions that were over before")
        if facts["released"]:
            lines.append(f"  released   {facts['released']:,} that were refused before are stored now")
        lines += _inferred_lines(facts)
        lines += [f"  note       {note}" for note in facts["notes"]]
    ended = [one for one in facts["left_out"] if one["reason"].startswith(NO_BAR)]
    lines += [
        f"  left out   {one['symbol']}: {one['reason']}" for one in facts["left_out"] if one not in ended
    ]
    if ended:
        names = ", ".join(f"{one['symbol']} ({one['last_bar']})" for one in ended)
        lines.append(f"  left out   {len(ended)} with no bar at the cutoff; last bars: {names}")
    return lines


def _later_lines(later: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line of the symbols that are ahead of the others, whose bars after the cutoff wait for them."""
    if not later:
        return []
    names = ", ".join(f"{one['symbol']} ({one['last_bar']})" for one in later[:NAMES_IN_WORDS])
    more = f" and {len(later) - NAMES_IN_WORDS} more" if len(later) > NAMES_IN_WORDS else ""
    return [f"  waiting    newest bars of {names}{more}, until half of the symbols have that session"]


def _calendar_lines(facts: Mapping[str, Any] | None) -> list[str]:
    """Where the calendar ends before the targets do, and where the bars disagree with it."""
    if facts is None:
        return []
    lines = [f"  calendar   {line}" for line in facts["advice"]]
    if facts["end"]:
        words = f"{facts['name']} is known through {facts['end']}; later target sessions are guessed, flagged"
        lines.append(f"  calendar   {words}")
    return lines


def _dropped_lines(facts: Mapping[str, Any] | None) -> list[str]:
    """A line for each field that features were dropped for."""
    lacking: dict[str, list[str]] = {}
    for one in (facts or {}).get("dropped", ()):
        lacking.setdefault(one["reason"], []).append(one["feature"])
    return [f"  features   without {', '.join(names)}: {why}" for why, names in lacking.items()]


def _gate_lines(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Lines of the gates that report a problem; gates that passed are in the pages and in the JSON."""
    return [
        f"  gate       {run['gate']}: "
        + ", ".join(f"{run[what]:,} {what}" for what in ("stops", "refused", "warnings") if run[what])
        + (f"; {run['page']}" if run["page"] else "")
        for run in runs
        if run["stops"] or run["refused"] or run["warnings"]
    ]


def _board_lines(facts: Mapping[str, Any]) -> list[str]:
    heads = f"{'pinball bp':>11}{'select bp':>11}{'vs ewma':>9}{'cover 80':>10}{'MASE':>8}{'train s':>9}"
    heads += f"{'networks':>10}"
    lines = [f"    {'recipe':<16}{heads}"]
    winner = (facts["champion"] or {}).get("name")
    if (folds := max((row.get("folds") or 1 for row in facts["leaderboard"]), default=1)) > 1:
        lines.insert(0, f"  folds      {folds}, each trained anew; select bp is the mean over all of them")
    for row in facts["leaderboard"]:
        mark = "*" if row["name"] == winner else " "
        lines.append(
            f"  {mark} {row['name']:<16}{_number(row['pinball'], 1e4, 3):>11}"
            f"{_number(row['pinball_select'], 1e4, 3):>11}{_number(row['skill_vs_ewma'], 100, 2, '%'):>9}"
            f"{_number(row['coverage_80'], 100, 1, '%'):>10}{_number(row['mase'], 1, 2):>8}"
            f"{_number(row['train_s'], 1, 1):>9}{_word_weight(row):>10}"
        )
    return lines


def _word_weight(row: Mapping[str, Any]) -> str:
    """The weight of a row's networks beside the regression, or whose answer it is instead."""
    if answers_as := row.get("answers_as"):
        return f"  as {answers_as}"
    return _number(row.get("weight"), 100, 0, " %")


def _champion_lines(champion: Mapping[str, Any] | None, forecast: Mapping[str, Any] | None) -> list[str]:
    """Who forecasts: the champion, or the pretrained network where there is none that can."""
    if forecast is not None and forecast["zero_shot"]:
        who = f"{champion['name']} answers another forecast than is configured" if champion else "none yet"
        return [f"  champion   {who}: the pretrained network {forecast['version']} answers"]
    if champion is None:
        return []
    words = f"{champion['name']} version {champion['version']}, trained through {champion['trained_through']}"
    return [f"  champion   {words}"]


def _fallback_lines(fallback: Sequence[Mapping[str, Any]]) -> list[str]:
    """A line of the pegged, one of those who would be the champion's if there were one, and one per other."""
    pegged = [one["symbol"] for one in fallback if one["flags"] == "pegged"]
    lines = [f"  pegged     {', '.join(pegged)}: {word_answer('pegged')}"] if pegged else []
    waiting = [one for one in fallback if one["flags"] == ZERO_SHOT]
    if waiting:
        symbols = f"{len(waiting):,} symbol{'s' if len(waiting) > 1 else ''}"
        lines.append(f"  zero-shot  {symbols}: {waiting[0]['reason']}; {word_answer(ZERO_SHOT)}")
    return lines + [
        f"  {one['flags'].removesuffix(f',{ZERO_SHOT}'):<10} {one['symbol']}: {one['reason']}; "
        f"{word_answer(one['flags'])}"
        for one in fallback
        if one["flags"] not in ("pegged", ZERO_SHOT)
    ]


def word_answer(flags: str) -> str:
    """How a symbol with these flags, comma-joined, is forecast."""
    answer = ZERO_SHOT if ZERO_SHOT in flags.split(",") else "unconditional quantiles"
    return f"{answer}, flagged"


def _completeness_lines(facts: Mapping[str, Any] | None) -> list[str]:
    """How much is missing, and the longest gaps in words."""
    if facts is None or not facts["missing"]:
        return []
    gaps = [
        f"{gap['symbol']} {gap['first']} to {gap['last']} ({gap['sessions']})"
        for gap in facts["longest"][:GAPS_IN_WORDS]
    ]
    more = facts["gaps"] - len(gaps)
    words = ", ".join(gaps) + (f" and {more} more" if more else "")
    return [
        f"  missing    {facts['missing']:,} of {facts['expected']:,} bars; longest gaps, in sessions: {words}"
    ]


def _number(value: float | None, times: float, digits: int, unit: str = "") -> str:
    return "-" if value is None else f"{value * times:.{digits}f}{unit}"
