"""Planted faults caught and named, clean rows let through, and the speed of taking in: one JSON line.

Run with ``python -m benchmarks.ingest --json``; docs/benchmarks.md says what each number means.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from benchmarks import real, speed
from benchmarks.faults import EDGE, HISTORY, KINDS
from benchmarks.faults.runs import CLEAN, EVENTS, Run, go, runs
from benchmarks.faults.verdicts import JudgedEvent, JudgedFault, Tally
from benchmarks.market import awkward

REPORTED_SEED = 20_240_501


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, and print one JSON line last."""
    options = _parser().parse_args(arguments)
    result: dict[str, object] = {"seed": options.seed}
    if options.part in ("all", "faults"):
        result |= _faults(options)
    if options.part in ("all", "real"):
        refused, lines = real.measure()
        result |= refused
        for line in lines[: 10 * options.examples]:
            _print_line(f"real row refused: {line}")
    if options.part in ("all", "speed"):
        result |= speed.measure(options.seed, options.repeats, options.nights, options.night_symbols)
    print(json.dumps(result))
    return 0


def _faults(options: argparse.Namespace) -> dict[str, object]:
    began = time.perf_counter()
    tally = Tally()
    chosen = runs(options.seed, options.placements, options.only)
    chosen = [run for run in chosen if options.context in (None, run.context)]
    for run, one, seconds in _run_all(chosen, options.processes):
        tally.add(one)
        caught = sum(each.caught for each in one.seen)
        _print_line(
            f"{run.context:8}{run.style:11}{run.symbols:4} × {run.sessions} {seconds:6.1f} s, "
            f"caught {caught} of {len(one.seen)}, {len(one.lost)} of {one.rows} clean rows refused"
        )
    _examples(tally, options.examples)
    faults = tally.seen
    wrongly = sum(each.wrongly for each in tally.events)
    return {
        "planted": len(faults),
        "caught": sum(each.caught for each in faults),
        "named_rightly": sum(each.named for each in faults),
        "by_kind": {kind: _counts([s for s in faults if s.planted.kind == kind]) for kind in KINDS},
        "by_context": {
            name: _counts([s for s in faults if s.planted.context == name]) for name in ("history", "edge")
        },
        "clean_rows": tally.rows,
        "clean_quarantined_per_10000": round(1e4 * (len(tally.lost) + wrongly) / max(tally.rows, 1), 4),
        "by_event": _count_events(tally.events),
        "events_refused_wrongly": wrongly,
        "unplaced": tally.unplaced,
        "faults_s": round(time.perf_counter() - began, 1),
    }


def _run_all(tasks: list[Run], processes: int) -> Iterator[tuple[Run, Tally, float]]:
    if processes == 1:
        yield from ((task, *_run_timed(task)) for task in tasks)
        return
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        yield from ((task, *answer) for task, answer in zip(tasks, pool.map(_run_timed, tasks), strict=True))


def _run_timed(run: Run) -> tuple[Tally, float]:
    began = time.perf_counter()
    return go(run), time.perf_counter() - began


def _counts(faults: Sequence[JudgedFault]) -> list[int]:
    return [len(faults), sum(each.caught for each in faults), sum(each.named for each in faults)]


def _count_events(events: Sequence[JudgedEvent]) -> dict[str, list[int]]:
    """By event: how many there were, rows of their symbols, of these refused, of these wrongly."""
    counts = {}
    for name in awkward.EVENTS:
        mine = [each for each in events if each.name == name]
        numbers = [(each.rows, each.refused, each.wrongly) for each in mine]
        counts[name] = [len(mine), *(sum(each[place] for each in numbers) for place in range(3))]
    return counts


def _examples(tally: Tally, most: int) -> None:
    """Show missed and misnamed faults and lost clean rows, ``most`` of each kind."""
    for kind in KINDS:
        missed = [s for s in tally.seen if s.planted.kind == kind and not s.named]
        for each in missed[:most]:
            planted, rules = each.planted, ", ".join(each.rules) or "let through"
            _print_line(
                f"{'misnamed' if each.caught else 'missed'} {kind} ({planted.context}) {each.symbol} "
                f"{each.session}: {planted.note}; {rules}"
            )
    for event in [each for each in tally.events if each.wrongly][: 10 * most]:
        _print_line(
            f"event refused: {event.name} ({event.note}) {event.symbol}: {event.refused} of {event.rows}, "
            f"{', '.join(event.rules)}"
        )
    for symbol, session, rules in tally.lost[: 10 * most]:
        _print_line(f"clean row refused: {symbol} {session}: {rules}")


def _print_line(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ingest", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line last (always done)")
    parser.add_argument("--seed", type=int, default=REPORTED_SEED, help="1 to 99 are for setting thresholds")
    parser.add_argument("--placements", type=int, default=200, help="of each kind")
    parser.add_argument("--only", choices=list(KINDS), nargs="+", default=(), help="some kinds alone")
    parser.add_argument("--context", choices=(HISTORY, EDGE, CLEAN, EVENTS), help="one kind of market alone")
    parser.add_argument("--part", choices=("all", "faults", "speed", "real"), default="all")
    parser.add_argument("--examples", type=int, default=0, help="missed faults to show, of each kind")
    parser.add_argument("--repeats", type=int, default=3, help="rounds of the measures of speed")
    parser.add_argument("--nights", type=int, default=250, help="nights in a row; 0 for none")
    parser.add_argument("--night-symbols", type=int, default=100, help="symbols of these nights")
    parser.add_argument("--processes", type=int, default=2, help="markets gone through side by side")
    return parser


if __name__ == "__main__":
    sys.exit(main())
