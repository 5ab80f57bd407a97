"""The night's report: one object a universe for programs, a short summary of them for people."""

from collections.abc import Mapping, Sequence
from typing import Any

from morrow.steps import gates, members
from morrow.steps.deliver import Delivered, Forecasted, Monitored
from morrow.steps.due import Plan
from morrow.steps.intake import Ingested
from morrow.steps.night import Night, Results, taken_or_none
from morrow.steps.refit import Champion
from morrow.steps.retrain import NOTE, Judged, Trained

ENDED = "no bar at the cutoff"
GAPS_IN_WORDS = 3
SCORE_WORDS = (
    ("ended", "of symbols that had ended"),
    ("waiting", "whose session has come wait for a bar"),
)
ROW = (
    "name", "kind", "run_id", "pinball", "pinball_select", "skill_vs_ewma", "rel_mse", "rel_mae", "mase",
    "directional_accuracy", "coverage_80", "coverage_95", "brier", "log_loss", "rows", "train_s",
    "skill_geomean_vs_ewma", "skill_vs_gjr_garch", "skill_geomean_vs_gjr_garch", "dm_p_vs_gjr_garch",
    "coverage_90", "width_80", "interval_score_80", "worst_coverage_gap", "pit_p", "log_score",
    "brier_up", "brier_up_base", "log_loss_up", "balanced_accuracy", "pesaran_timmermann_p", "ic", "rank_ic",
)  # fmt: skip


def report(night: Night, results: Results, seconds: Mapping[str, float]) -> dict[str, Any]:
    """What a night did, as one JSON-ready object.

    A part whose step was not taken is None. On a night without judgement leaderboard and verdict are those
    of the last one, with ``promoted`` and ``refreshed`` false.
    """
    ingested, plan, judged = (
        taken_or_none(results, Ingested), taken_or_none(results, Plan), taken_or_none(results, Judged)
    )  # fmt: skip
    champion, made = taken_or_none(results, Champion), taken_or_none(results, Forecasted)
    exported, scored = taken_or_none(results, Delivered), taken_or_none(results, Monitored)
    board, verdict = _judgement(night, plan, judged)
    return {
        "universe": night.universe,
        "as_of": str(night.as_of or (plan.cutoff if plan else "")) or None,
        "cutoff": str(plan.cutoff) if plan else None,
        "stale": plan.stale if plan else None,
        "retrained": {"due": plan.due, "why": plan.why} if plan else None,
        "membership": members.in_words(night),
        "ingest": _ingest(ingested, plan, made),
        "features": _features(taken_or_none(results, Trained)),
        "gates": gates.report(results),
        "leaderboard": [{name: row.get(name) for name in ROW} for row in board],
        "verdict": verdict,
        "champion": _without_gates(champion) if champion else None,
        "forecast": _forecast(made) if made else None,
        "export": (
            {"path": exported.path, "rows": exported.rows, "sha256": exported.sha256, "new": exported.written}
            if exported
            else None
        ),
        "scores": vars(scored) if scored else None,
        "seconds": {name: round(value, 3) for name, value in seconds.items()},
    }


def _ingest(ingested: Ingested | None, plan: Plan | None, made: Forecasted | None) -> dict[str, Any] | None:
    left_out = [{"symbol": name, "reason": why} for name, why in made.left_out] if made else []
    known = {"left_out": left_out, "completeness": _completeness(plan)}
    if ingested is None:
        return known if made else None
    return {**_without_gates(ingested), "notes": list(ingested.notes), **known}


def _features(trained: Trained | None) -> dict[str, Any] | None:
    """What the bars cannot carry of the selection, and the audit; None on a night that trained nothing."""
    if trained is None:
        return None
    dropped = [{"feature": name, "reason": why} for name, why in trained.dropped]
    proof = trained.proof
    audit = {**vars(proof), "cutoffs": list(proof.cutoffs)} if proof else None
    return {"dropped": dropped, "audit": audit}


def _forecast(made: Forecasted) -> dict[str, Any]:
    fallback = [{"symbol": name, "flags": flags, "reason": why} for name, flags, why in made.fallback]
    pegged = [one["symbol"] for one in fallback if "pegged" in one["flags"].split(",")]
    return {"rows": made.rows, "new": made.fresh, "pegged": pegged, "fallback": fallback}


def _without_gates(step: object) -> dict[str, Any]:
    return {name: value for name, value in vars(step).items() if name != "gates"}


def _judgement(
    night: Night, plan: Plan | None, judged: Judged | None
) -> tuple[Sequence[Mapping[str, Any]], Mapping[str, Any] | None]:
    if plan is None:
        return [], None
    registry = night.registry()
    last = registry.last_night(night.universe, noted=NOTE)
    document = registry.read_note(last.run_id, NOTE) if last else None
    if judged is not None:
        # The refit may have had the last word.
        own = document if last and last.run_id == judged.run_id else None
        return judged.leaderboard, own["verdict"] if own else judged.verdict
    if document is None:
        return [], None
    return document["leaderboard"], {**document["verdict"], "promoted": False, "refreshed": False}


def summary(reports: Sequence[Mapping[str, Any]], ui: str = "morrow ui") -> str:
    """The reports in a form that a person can read in a minute; ``ui`` is the command to type next."""
    blocks = [_block(each) for each in reports]
    if any(each.get("leaderboard") for each in reports):
        blocks.append(f"Next: {ui}   (compare the runs in MLflow)")
    return "\n\n".join(blocks)


def _block(facts: Mapping[str, Any]) -> str:
    lines = [f"{facts['universe']}  cutoff {facts['cutoff'] or '-'}{'  (stale)' if facts['stale'] else ''}"]
    lines += _ingest_lines(facts["ingest"])
    lines += _completeness_lines((facts["ingest"] or {}).get("completeness"))
    lines.append(f"  members    {facts['membership']}")
    lines += _dropped_lines(facts.get("features"))
    lines += _gate_lines(facts.get("gates", ()))
    if facts["leaderboard"]:
        judged = facts["verdict"]["judged_at"]
        lines += ["  leaderboard on the test sessions, judged at " + judged, *_board_lines(facts)]
        lines.append(f"  verdict    {facts['verdict']['reason']}")
    if facts["retrained"] and not facts["retrained"]["due"]:
        lines.append(f"  retrain    not due: {facts['retrained']['why']}")
    if facts["champion"]:
        one = facts["champion"]
        lines.append(
            f"  champion   {one['name']} version {one['version']}, trained through {one['trained_through']}"
        )
    lines += _fallback_lines(facts["forecast"]["fallback"] if facts["forecast"] else ())
    if facts["export"]:
        one = facts["export"]
        state = "" if one["new"] else ", unchanged"
        lines.append(f"  export     {one['path']}/  {one['rows']} rows{state}")
    if facts["scores"] and (facts["scores"]["scored"] or facts["scores"]["waiting"]):
        one = facts["scores"]
        more = [f"{one[name]} {words}" for name, words in SCORE_WORDS if one[name]]
        words = "; ".join([f"{one['matured']} forecasts matured tonight, {one['scored']} in all", *more])
        lines.append(f"  scores     {words}")
    times = [f"{name} {value:.1f}" for name, value in facts["seconds"].items()]
    lines.append(f"  seconds    {', '.join(times)}")
    return "\n".join(lines)


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
                ("early", "not final yet"),
            )
            if facts[name]
        ]  # fmt: skip
        nothing = "" if facts["accepted"] or facts["revised"] or facts["quarantined"] else "; nothing new"
        lines.append(f"  ingest     {facts['received']:,} rows received: {', '.join(words)}{nothing}")
        if facts["late"]:
            lines.append(f"  late       {facts['late']:,} of the new bars, of sessions that were over before")
        if facts["released"]:
            lines.append(f"  released   {facts['released']:,} that were refused before are stored now")
        lines += [f"  note       {note}" for note in facts["notes"]]
    ended = [one for one in facts["left_out"] if one["reason"].startswith(ENDED)]
    lines += [
        f"  left out   {one['symbol']}: {one['reason']}" for one in facts["left_out"] if one not in ended
    ]
    if ended:
        names = ", ".join(f"{one['symbol']} ({one['reason'].rsplit(' ', 1)[1]})" for one in ended)
        lines.append(f"  left out   {len(ended)} with {ENDED}; last bars: {names}")
    return lines


def _dropped_lines(facts: Mapping[str, Any] | None) -> list[str]:
    """A line for each field that features were dropped for."""
    lacking: dict[str, list[str]] = {}
    for one in (facts or {}).get("dropped", ()):
        lacking.setdefault(one["reason"], []).append(one["feature"])
    return [f"  features   without {', '.join(names)}: {why}" for why, names in lacking.items()]


def _gate_lines(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """Only the gates that found something: what passed is in the pages and in the JSON."""
    return [
        f"  gate       {run['gate']}: "
        + ", ".join(f"{run[what]:,} {what}" for what in ("stops", "refused", "warnings") if run[what])
        + (f"; {run['page']}" if run["page"] else "")
        for run in runs
        if run["stops"] or run["refused"] or run["warnings"]
    ]


def _board_lines(facts: Mapping[str, Any]) -> list[str]:
    heads = f"{'pinball bp':>11}{'select bp':>11}{'vs ewma':>9}{'cover 80':>10}{'MASE':>8}{'train s':>9}"
    lines = [f"    {'recipe':<16}{heads}"]
    winner = (facts["champion"] or {}).get("name")
    for row in facts["leaderboard"]:
        mark = "*" if row["name"] == winner else " "
        lines.append(
            f"  {mark} {row['name']:<16}{_number(row['pinball'], 1e4, 3):>11}"
            f"{_number(row['pinball_select'], 1e4, 3):>11}{_number(row['skill_vs_ewma'], 100, 2, '%'):>9}"
            f"{_number(row['coverage_80'], 100, 1, '%'):>10}{_number(row['mase'], 1, 2):>8}"
            f"{_number(row['train_s'], 1, 1):>9}"
        )
    return lines


def _fallback_lines(fallback: Sequence[Mapping[str, Any]]) -> list[str]:
    pegged = [one["symbol"] for one in fallback if one["flags"] == one["reason"] == "pegged"]
    lines = [f"  pegged     {', '.join(pegged)}: unconditional quantiles, flagged"] if pegged else []
    return lines + [
        f"  {one['flags']:<10} {one['symbol']}: {one['reason']}; unconditional quantiles, flagged"
        for one in fallback
        if one["symbol"] not in pegged
    ]


def _completeness(plan: Plan | None) -> dict[str, Any] | None:
    if plan is None:
        return None
    found = plan.completeness
    return {
        "expected": found.expected,
        "present": found.present,
        "missing": found.missing,
        "gaps": found.gaps,
        "longest": [
            {"symbol": gap.symbol, "first": str(gap.first), "last": str(gap.last), "sessions": gap.sessions}
            for gap in found.longest
        ],
    }


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
