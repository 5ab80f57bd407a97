"""Figures of the line: of one universe, and of all together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.networks.block_losses import BEST_NETWORK, ZERO_SHOT, BlockLosses
from benchmarks.networks.cold_start import ColdStart
from benchmarks.networks.comparisons import Comparison, pool
from benchmarks.skill.scores import EWMA, GARCH, PICK
from morrow.pretraining import KINDS, load_network
from morrow.shipped_networks import FOLDER

REFERENCES = ("unconditional", "ewma")


@dataclass(frozen=True)
class UniverseLosses:
    """What was measured on one universe.

    Attributes:
        walked: the losses of the walk.
        regression: the name of the recipe that networks stand beside.
        cold: by number of bars.
    """

    walked: BlockLosses
    regression: str
    cold: Mapping[int, ColdStart]

    def comparisons(self) -> dict[str, Comparison]:
        """The comparisons that are also pooled over universes, by key of the line."""
        pairs: dict[str, tuple[str, tuple[str, ...]]] = {
            "zero_shot": (ZERO_SHOT, (GARCH, EWMA, self.regression))
        }
        if self.walked.best:
            pairs["best_network"] = (BEST_NETWORK, (self.regression,))
        pairs["pick"] = (PICK, (self.regression, GARCH))
        return {
            f"{name}_vs_{'regression' if other == self.regression else other}": self.walked.compare(
                mine, other
            )
            for name, (mine, others) in pairs.items()
            for other in others
        }

    def measure(self) -> dict[str, Any]:
        """Every figure but the walk's own."""
        networks = {
            name: {
                "vs_regression": self.walked.compare(name, self.regression).measure(),
                "vs_gjr_garch": self.walked.compare(name, GARCH).measure(),
                "weight": float(np.mean(weights)) if weights else None,
            }
            for name, weights in self.walked.weights.items()
        }
        measured: dict[str, Any] = {name: each.measure() for name, each in self.comparisons().items()}
        return {
            "best_network_vs_regression": None,
            **measured,
            "networks": networks,
            "best_networks": self.walked.best,
            "distinct": self.walked.count_distinct(),
            **self.walked.cover(),
            "cold": measure_cold([self.cold]),
        }


def measure_cold(universes: Sequence[Mapping[int, ColdStart]]) -> dict[str, Any]:
    """By number of bars: skills of the network over the references, their t, and its coverage.

    Over several universes, pooled by date; a coverage is then the mean of theirs.
    """
    result: dict[str, Any] = {}
    for length in sorted({length for each in universes for length in each}):
        starts = [each[length] for each in universes if length in each]
        figures: dict[str, Any] = {}
        for reference in REFERENCES:
            comparisons = [each for start in starts if (each := start.compare(reference)) is not None]
            skill, t = comparisons[0].measure() if len(comparisons) == 1 else pool(comparisons)
            figures |= {f"vs_{reference}": skill, f"vs_{reference}_t": t}
        covered = [start.cover() for start in starts]
        shares = {name for each in covered for name in each}
        figures |= {
            name: float(np.mean([each[name] for each in covered if name in each])) for name in sorted(shares)
        }
        result[str(length)] = figures
    return result


def measure_pooled(universes: Sequence[UniverseLosses]) -> dict[str, Any]:
    """Skill and t of every comparison over all universes, by date."""
    every = [each.comparisons() for each in universes]
    names = dict.fromkeys(name for each in every for name in each)
    return {name: pool([each[name] for each in every if name in each]) for name in names}


def describe_pretraining() -> dict[str, float]:
    """What the shipped networks were made with, from their cards, and their size: all kinds summed."""
    cards = [load_network(kind).card for kind in KINDS]
    sizes = [(FOLDER / f"{kind}.safetensors").stat().st_size for kind in KINDS]
    return {
        "positions": sum(int(card["positions"]) for card in cards),
        "hours": sum(float(card["hours"]) for card in cards),
        "cpu_hours": sum(float(card["cpu_hours"]) for card in cards),
        "megabytes": sum(sizes) / 1e6,
    }
