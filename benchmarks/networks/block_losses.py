"""What a walk says of networks: losses of the zero-shot and every other forecaster, block by block."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from benchmarks.networks.comparisons import Comparison
from benchmarks.networks.zero_shot import answer_zero_shot
from benchmarks.skill.championship import mean_select_loss
from benchmarks.skill.scores import EWMA, GARCH, PICK, compute_losses
from benchmarks.skill.walk_forward import BlockAnswers
from morrow import metrics
from morrow.backtest import Result
from morrow.config import NetworkRecipe

ZERO_SHOT, BEST_NETWORK = "zero-shot network", "best network"
SHARES = (0.80, 0.90, 0.95)
DISTINCT = 1e-3  # of the volatility

Array = NDArray[np.float64]
Quantiles = NDArray[np.float32]


@dataclass
class BlockLosses:
    """Losses of the blocks so far.

    Attributes:
        levels: (Q,).
        session: cutoffs of each block, (N,).
        losses: of each block, (N, H) by forecaster: every recipe that answered, and the roles ``pick``,
            ``ewma``, ``gjr_garch``, :data:`ZERO_SHOT` and :data:`BEST_NETWORK`; NaN where not scored.
        weights: by network recipe, λ at each refit where it has one.
        best: the network recipe chosen at each refit.
        hits: by share, (N, H) of each block: 1 where the outcome lay in the zero-shot interval, else 0.
        known: of each block, (N, H): whether it counts.
        distances: by two recipes, distance of their forecasts in volatilities summed over the forecasts.
        compared: by two recipes, how many forecasts that was.
    """

    levels: Array
    session: list[NDArray[np.datetime64]] = field(default_factory=list)
    losses: list[Mapping[str, Array]] = field(default_factory=list)
    weights: dict[str, list[float]] = field(default_factory=dict)
    best: list[str] = field(default_factory=list)
    hits: dict[float, list[Array]] = field(default_factory=dict)
    known: list[NDArray[np.bool_]] = field(default_factory=list)
    distances: dict[tuple[str, str], float] = field(default_factory=dict)
    compared: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(self, block: BlockAnswers) -> None:
        """Take in what became of a block."""
        due, scores = block.stage.due, block.scores
        quantiles = answer_zero_shot(block.stage, self.levels)
        zero_shot = compute_losses(due, quantiles, self.levels)
        known = scores.known & np.isfinite(zero_shot)
        roles = {ZERO_SHOT: zero_shot} | {role: scores.judged[role] for role in (PICK, EWMA, GARCH)}
        networks = [
            each
            for each in block.results
            if isinstance(each.recipe, NetworkRecipe) and each.can_win and each.name in block.answers
        ]
        if networks:
            chosen = choose_best(networks).name
            roles[BEST_NETWORK] = scores.models[chosen]
            self.best.append(chosen)
        self.session.append(scores.session)
        self.known.append(known)
        self.losses.append(
            {name: np.where(known, each, np.nan) for name, each in (*scores.models.items(), *roles.items())}
        )
        whole = due.fill_fallback(quantiles).astype(np.float64)
        for share in SHARES:
            if (hit := metrics.inside(whole, due.actual, self.levels, share)) is not None:
                self.hits.setdefault(share, []).append(hit)
        for network in networks:
            self.weights.setdefault(network.name, [])
            if network.weight is not None:
                self.weights[network.name].append(network.weight)
        scale = due.unit[due.eligible, None] * np.sqrt(np.arange(1, due.actual.shape[1] + 1))
        self._measure_distances(block.answers, scale)

    def compare(self, mine: str, reference: str) -> Comparison:
        """Two forecasters on the blocks that both answered."""
        return Comparison(self._join(mine), self._join(reference), np.concatenate(self.session))

    def cover(self) -> dict[str, float | None]:
        """Share of outcomes inside the zero-shot network's central intervals."""
        known = np.concatenate(self.known)
        return {
            f"coverage_{share * 100:.0f}": float(np.concatenate(self.hits[share])[known].mean())
            if share in self.hits and known.any()
            else None
            for share in SHARES
        }

    def count_distinct(self) -> int:
        """Network recipes whose forecasts are, in the mean, far from every other recipe's."""
        mean = {pair: total / self.compared[pair] for pair, total in self.distances.items()}
        return sum(
            all(distance > DISTINCT for pair, distance in mean.items() if name in pair)
            for name in self.weights
        )

    def _measure_distances(self, answers: Mapping[str, Quantiles], scale: Array) -> None:
        """Add the absolute differences between the recipes' quantiles (E, H, Q) in units of ``scale``."""
        names = sorted(answers)
        for index, first in enumerate(names):
            for second in names[index + 1 :]:
                if not self.weights.keys() & {first, second}:
                    continue
                apart = np.abs(answers[first] - answers[second]) / scale[..., None]
                pair = (first, second)
                self.distances[pair] = self.distances.get(pair, 0.0) + float(apart.sum(dtype=np.float64))
                self.compared[pair] = self.compared.get(pair, 0) + apart.size

    def _join(self, name: str) -> Array:
        """Losses of all blocks, NaN in those that the forecaster did not answer."""
        blank = (np.full(each.shape, np.nan) for each in self.known)
        return np.concatenate(
            [each.get(name, nothing) for each, nothing in zip(self.losses, blank, strict=True)]
        )


def choose_best(networks: list[Result]) -> Result:
    """The network recipe with the lowest pinball on the select sessions.

    As in the contest, one that answers as the regression is no candidate, unless there is no other.
    """
    candidates = [each for each in networks if each.answers_as is None] or networks
    return min(candidates, key=lambda each: (mean_select_loss(each), each.parameters, each.name))
