"""Weights of the pretrained networks: written and read with their card and the scaling of their inputs."""

import json
from pathlib import Path

import numpy as np
import pytest

from morrow.config.recipes import PRETRAINED_SIZES
from morrow.errors import RegistryError
from morrow.pretraining import inputs
from morrow.pretraining.__main__ import main
from morrow.pretraining.network_weights import KINDS, load_network
from morrow.shipped_networks import FOLDER


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a network of a quick training."""
    folder = tmp_path_factory.mktemp("weights")
    assert main(["--quick", "--kind", "rnn", "--folder", str(folder)]) == 0
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_the_package_holds_a_network_of_each_kind(kind: str) -> None:
    """Every shipped network can be read, is small, and its card says what it was made from."""
    shipped = load_network(kind)
    assert (FOLDER / f"{kind}.safetensors").stat().st_size <= 1_000_000
    assert (shipped.recipe.layers, shipped.recipe.width) == PRETRAINED_SIZES[kind]
    assert shipped.card["positions"] > 10_000_000
    assert {"simulator", "seed", "options", "hours", "cpu_hours", "machine"} <= set(shipped.card)


def test_what_is_made_can_be_read(made: Path) -> None:
    """The quick training writes weights and a card that load."""
    shipped = load_network("rnn", made)
    assert shipped.scaling.center.shape == (len(inputs.NAMES),)
    assert (shipped.scaling.spread > 0).all()


def test_other_inputs_are_refused(made: Path, tmp_path: Path) -> None:
    """Weights that were trained on other inputs are not used."""
    card = json.loads((made / "rnn.json").read_text()) | {"inputs": inputs.VERSION + 1}
    (tmp_path / "rnn.safetensors").write_bytes((made / "rnn.safetensors").read_bytes())
    (tmp_path / "rnn.json").write_text(json.dumps(card))
    with pytest.raises(RegistryError, match=f"reads inputs of version {inputs.VERSION + 1}"):
        load_network("rnn", tmp_path)


def test_inputs_are_bounded(made: Path) -> None:
    """Unknown inputs become zero, and none is farther from its mean than the bound."""
    shipped = load_network("rnn", made)
    values = np.full((2, len(inputs.NAMES)), np.nan, dtype=np.float32)
    values[1] = 1e6
    assert shipped.scaling.apply(values)[0].tolist() == [0.0] * len(inputs.NAMES)
    assert (shipped.scaling.apply(values)[1] == 8).all()
