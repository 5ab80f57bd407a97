"""Write files as people have them and read them back: one JSON line.

Run with ``python -m benchmarks.files --json``; docs/benchmarks.md says what each number means.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

from benchmarks.files.cases import REGISTRY, make_cases
from benchmarks.files.catalogue import NAMES
from benchmarks.files.judgement import ASKED, READ_RIGHT, WRONG, Verdict, judge

_RESULTS = (READ_RIGHT, ASKED, WRONG)
REPORTED_SEED = 20_261_128


def main(arguments: Sequence[str] | None = None) -> int:
    """Read all files back, say on stderr which went wrong, and print one JSON line last."""
    options = _parser().parse_args(arguments)
    verdicts: dict[str, tuple[str, Verdict]] = {}
    for seed in range(options.seed, options.seed + options.seeds):
        names = [name for name in NAMES if _is_wanted(name, options.only)]
        for name, kind, verdict in _judge_all(seed, names, options):
            label = name if options.seeds == 1 else f"{name} (seed {seed})"
            verdicts[label] = kind, verdict
            if verdict.result == WRONG or options.verbose:
                print(f"{verdict.result}: {kind}: {label}: {verdict.why[:600]}", file=sys.stderr, flush=True)
    print(json.dumps(summarize(verdicts), ensure_ascii=False))
    return 0


def summarize(verdicts: dict[str, tuple[str, Verdict]]) -> dict[str, object]:
    """Counts of the results, overall and by kind, and the names of files that were read wrongly."""
    kinds = dict.fromkeys(kind for kind, _ in verdicts.values())
    return {
        **_count([verdict for _, verdict in verdicts.values()]),
        "by_kind": {
            name: _count([verdict for kind, verdict in verdicts.values() if kind == name]) for name in kinds
        },
        "wrong_files": [name for name, (_, verdict) in verdicts.items() if verdict.result == WRONG],
    }


def _count(verdicts: Sequence[Verdict]) -> dict[str, int]:
    results = [verdict.result for verdict in verdicts]
    return {"files": len(results), **{result: results.count(result) for result in _RESULTS}}


def _is_wanted(name: str, parts: Sequence[str]) -> bool:
    return not parts or any(part in name or part == REGISTRY[name][0] for part in parts)


def _judge_all(
    seed: int, names: list[str], options: argparse.Namespace
) -> Iterator[tuple[str, str, Verdict]]:
    work = partial(_judge_one, seed, options.keep)
    if options.processes == 1:
        yield from map(work, names)
        return
    with ProcessPoolExecutor(options.processes, mp_context=get_context("spawn")) as pool:
        yield from pool.map(work, names, chunksize=4)


def _judge_one(seed: int, keep: Path | None, name: str) -> tuple[str, str, Verdict]:
    (case,) = make_cases(seed, [name])
    if keep is not None:
        folder = keep / case.name.replace("/", "_")
        shutil.rmtree(folder, ignore_errors=True)
        for file, data in case.files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data)
    return case.name, case.kind, judge(case)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.files", description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON line last (always done)")
    parser.add_argument(
        "--seed", type=int, default=REPORTED_SEED, help="of the market and what is drawn of it"
    )
    parser.add_argument("--seeds", type=int, default=1, help="how many, one after the other")
    parser.add_argument("--only", nargs="+", default=(), help="kinds, or parts of cases' names")
    parser.add_argument("--keep", type=Path, help="folder for the files, to look at them")
    parser.add_argument("--verbose", action="store_true", help="say what became of each file")
    parser.add_argument("--processes", type=int, default=1, help="side by side")
    return parser


if __name__ == "__main__":
    sys.exit(main())
