"""The shipped weights belong to the code that simulates, trains and reads."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from morrow.features import Scaling
from morrow.pretraining import KINDS, load_network, simulation
from morrow.pretraining.fingerprint import measure_answers, measure_first_losses
from morrow.pretraining.priors import Parameters, draw_parameters
from morrow.pretraining.stream import BATCH, OPTIONS

EQUAL, NEAR = 2e-4, 1e-4  # relative and in units; what another machine's rounding may change


@pytest.mark.parametrize("kind", KINDS)
def test_the_code_comes_to_the_figures_of_the_shipped_card(kind: str) -> None:
    """A network trained and read by this code starts and answers as its card says."""
    shipped = load_network(kind)
    prints = shipped.card["fingerprint"]
    assert shipped.card["options"] == {**OPTIONS, "batch": BATCH}
    assert measure_first_losses(kind) == pytest.approx(prints["first_losses"], rel=EQUAL)
    assert np.asarray(measure_answers(shipped)) == pytest.approx(np.asarray(prints["answers"]), abs=NEAR)


def test_other_priors_give_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tails a tenth fatter show in the first losses."""

    def fatter(count: int, rng: np.random.Generator) -> Parameters:
        drawn = draw_parameters(count, rng)
        return replace(drawn, freedom=drawn.freedom * np.float32(0.9))

    before = measure_first_losses("rnn")
    monkeypatch.setattr(simulation, "draw_parameters", fatter)
    assert measure_first_losses("rnn") != pytest.approx(before, rel=EQUAL)


def test_other_inputs_or_weights_give_another_fingerprint() -> None:
    """Scaling that is one per cent off, or one weight that is, shows in the answers."""
    shipped = load_network("gru")
    before = np.asarray(measure_answers(shipped))
    scaling: Scaling = replace(shipped.scaling, spread=shipped.scaling.spread * 1.01)
    weights: dict[str, Any] = {**shipped.weights, "head.weight": shipped.weights["head.weight"] * 1.01}
    for other in (replace(shipped, scaling=scaling), replace(shipped, weights=weights)):
        assert np.asarray(measure_answers(other)) != pytest.approx(before, abs=NEAR)
