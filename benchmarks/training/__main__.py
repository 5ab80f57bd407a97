"""Measures every side in a fresh process, the sides interleaved, and ends with one line of JSON.

``python -m benchmarks.training side NAME ARGUMENT...`` is one such process.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from statistics import median
from typing import Any

CELLS = ("rnn", "lstm", "gru")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
Result = dict[str, Any]


def main() -> None:
    """Run one side, or all of them."""
    if sys.argv[1:2] == ["side"]:
        _side(sys.argv[2], sys.argv[3:])
        return
    parser = argparse.ArgumentParser(prog="python -m benchmarks.training", description=__doc__)
    parser.add_argument("--json", action="store_true", help="nothing but the last line on stdout")
    parser.add_argument("--rounds", type=int, default=5, help="of the sides that take seconds")
    parser.add_argument("--only", nargs="*", choices=list(PARTS), help="parts; default: all")
    options = parser.parse_args()
    result: Result = {}
    for name, part in PARTS.items():
        if not options.only or name in options.only:
            result |= part(options.rounds)
            print(f"{name}: {json.dumps(result)}", file=sys.stderr, flush=True)
    result |= {"machine": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    print(json.dumps(result))


def _side(name: str, arguments: list[str]) -> None:
    from benchmarks.training import data, growth, peers, quality, rates  # noqa: PLC0415 (a side imports torch)

    data.one_thread()
    sides: Mapping[str, Callable[..., Any]] = {
        "loop": rates.loop,
        "bare": lambda kind, inputs: rates.bare(kind, int(inputs)),
        "products": rates.products,
        "chunks": lambda rate, seed: quality.chunks(float(rate), int(seed)),
        "windows": lambda batch, rate, seed, budget: quality.windows(
            int(batch), float(rate), int(seed), float(budget)
        ),
        "neuralforecast": peers.neuralforecast,
        "ours": lambda target: peers.ours(float(target)),
        "epoch": lambda symbols, length: growth.epoch(int(symbols), int(length)),
        "bare-memory": growth.bare_memory,
        "large-panel": growth.large_panel,
        "memory": growth.memory,
        "parallel": growth.parallel,
    }
    print(json.dumps(sides[name](*arguments)))


def side(name: str, *arguments: object) -> Result:
    """What one side finds in a process of its own."""
    line = [sys.executable, "-m", "benchmarks.training", "side", name, *map(str, arguments)]
    done = subprocess.run(line, env={**os.environ, **ONE_THREAD}, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"side {name} failed: {done.stderr.strip().splitlines()[-1]}")
    result: Result = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def _rates(rounds: int) -> Result:
    from benchmarks.training import rates  # noqa: PLC0415

    share: dict[str, list[float]] = {cell: [] for cell in CELLS}
    peak: dict[str, list[float]] = {cell: [] for cell in CELLS}
    speeds: dict[str, list[float]] = {cell: [] for cell in CELLS}
    for _ in range(rounds):
        for cell in CELLS:
            ours = side("loop", cell)
            inputs = int(ours["inputs"])
            bare, products = side("bare", cell, inputs), side("products")
            speeds[cell].append(ours["positions_per_s"])
            share[cell].append(ours["positions_per_s"] / bare["positions_per_s"])
            done = ours["positions_per_s"] * rates.operations(cell, inputs)
            peak[cell].append(done / products["operations_per_s"])
    result: Result = {}
    for cell in CELLS:
        result |= {
            f"loop_share_{cell}": _round_figures(median(share[cell])),
            f"peak_share_{cell}": _round_figures(median(peak[cell])),
            f"positions_per_s_{cell}": round(median(speeds[cell])),
            f"loop_share_{cell}_spread": [_round_figures(min(share[cell])), _round_figures(max(share[cell]))],
        }
    return result


def _quality(_rounds: int) -> Result:
    from benchmarks.training import quality  # noqa: PLC0415

    tuned = {
        (batch, rate): quality.best(side("windows", batch, rate, 1, 45))
        for batch in quality.BATCHES
        for rate in quality.RATES
    }
    batch, rate = min(tuned, key=lambda each: tuned[each])
    slow = min(quality.RATES, key=lambda each: quality.best(side("chunks", each, 1)))
    ratios, reached = [], True
    for seed in (7, 8, 9):
        ours, theirs = side("chunks", slow, seed), side("windows", batch, rate, seed, 90)
        start = ours["start"]
        goal = start - 0.99 * (start - min(quality.best(ours), quality.best(theirs)))
        mine, other = quality.seconds_to(ours, goal), quality.seconds_to(theirs, goal)
        reached &= other is not None
        last = theirs["trace"][-1][0]
        ratios.append(0.0 if mine is None else (other or last) / mine)
    return {
        "time_to_quality_vs_windows": _round_figures(median(ratios)),
        "time_to_quality_spread": [_round_figures(min(ratios)), _round_figures(max(ratios))],
        "chunks_rate": slow,
        "windows_batch": batch,
        "windows_rate": rate,
        "windows_reached_it": reached,
    }


def _peers(_rounds: int) -> Result:
    theirs = side("neuralforecast")
    ours = [side("ours", theirs["pinball"]) for _ in range(3)]
    pinball = median(each["pinball"] for each in ours)
    times = [each["seconds_to_target"] for each in ours]
    met = [theirs["seconds"] / each for each in times if each is not None]
    return {
        "time_vs_neuralforecast": _round_figures(median(met)) if len(met) == len(times) else 0.0,
        "pinball_vs_neuralforecast": round(pinball / theirs["pinball"], 4),
        "neuralforecast_s": _round_figures(theirs["seconds"]),
        "ours_s": _round_figures(median(each["seconds"] for each in ours)),
        "neuralforecast_rows": [theirs["rows"], theirs["of"]],
    }


def _growth(rounds: int) -> Result:
    few, many = [], []
    for _ in range(min(rounds, 3)):
        few.append(side("epoch", 50, 1500)["seconds"])
        many.append(side("epoch", 500, 1500)["seconds"])
    with tempfile.TemporaryDirectory() as folder:
        panel = side("large-panel", folder)
        bare, peaks = (
            side("bare-memory"),
            [side("memory", folder)["peak_bytes"] for _ in range(min(rounds, 3))],
        )
    runs = [side("parallel") for _ in range(min(rounds, 3))]
    return {
        "epoch_growth_50_to_500": _round_figures(median(many) / median(few)),
        "peak_memory_over_panel": _round_figures((median(peaks) - bare["peak_bytes"]) / panel["panel_bytes"]),
        "panel_mb": _round_figures(panel["panel_bytes"] / 1e6),
        "parallel_speedup": _round_figures(median(each["alone_s"] / each["beside_s"] for each in runs)),
    }


def _round_figures(value: float) -> float:
    return float(f"{value:.3g}")


PARTS: Mapping[str, Callable[[int], Result]] = {
    "rates": _rates,
    "quality": _quality,
    "peers": _peers,
    "growth": _growth,
}

if __name__ == "__main__":
    main()
