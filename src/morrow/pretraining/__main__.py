"""Make the shipped networks again: ``make pretrain``."""

import argparse
import os
import platform
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time

import torch

import morrow
from morrow.config.recipes import PRETRAINED_SIZES
from morrow.pretraining import inputs, simulation
from morrow.pretraining.fingerprint import measure_answers, measure_first_losses
from morrow.pretraining.network_weights import KINDS, assemble_network, make_recipe, save_network
from morrow.pretraining.stream import BATCH, OPTIONS, Size, pretrain
from morrow.shipped_networks import FOLDER

SIMULATIONS, SEED = 18, 1
QUICK = Size(2, 128)


def main(words: Sequence[str] | None = None) -> int:
    """Train the networks one after another and write each with its card."""
    parser = argparse.ArgumentParser(prog="python -m morrow.pretraining", description=__doc__)
    parser.add_argument("--kind", choices=KINDS, action="append", help="default: all")
    parser.add_argument("--simulations", type=int, default=SIMULATIONS, help="of 1,024 paths each")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--quick", action="store_true", help="a small training, to try the whole way")
    parser.add_argument("--folder", type=Path, help="default: the package's; quick: pretrained-quick")
    arguments = parser.parse_args(words)
    size = QUICK if arguments.quick else Size(arguments.simulations)
    folder = arguments.folder or (Path("pretrained-quick") if arguments.quick else FOLDER)
    torch.set_num_threads(1)
    for kind in arguments.kind or KINDS:
        _make(kind, size, arguments.seed, arguments.device, folder)
    return 0


def _make(kind: str, size: Size, seed: int, device: str, folder: Path) -> None:
    layers, width = PRETRAINED_SIZES[kind]
    reached: dict[str, float] = {}

    def show(facts: dict[str, float]) -> None:
        reached.update(facts)
        _print_line(
            f"{kind}: {facts['positions'] / 1e6:.1f} million positions, loss {facts['loss']:.5f}, "
            f"{facts['seconds']:.0f} s"
        )

    began, busy = perf_counter(), process_time()
    arrays = pretrain(make_recipe(kind, layers, width), size, seed, device, show)
    card = {
        "kind": kind,
        "layers": layers,
        "width": width,
        "seed": seed,
        "paths": size.paths,
        "simulations": size.simulations,
        "options": {**OPTIONS, "batch": BATCH},
        "positions": int(reached["positions"]),
        "loss": round(reached["loss"], 6),
        "hours": round((perf_counter() - began) / 3600, 3),
        "cpu_hours": round((process_time() - busy) / 3600, 3),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one of them used",
        "device": device,
        "simulator": simulation.VERSION,
        "inputs": inputs.VERSION,
        "morrow": morrow.__version__,
        "torch": torch.__version__,
    }
    network = assemble_network(kind, arrays, card)
    prints = {"first_losses": measure_first_losses(kind), "answers": measure_answers(network)}
    save_network(kind, arrays, {**card, "fingerprint": prints}, folder)


def _print_line(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
