"""The files of the shipped networks: read only as they were written, without torch."""

import subprocess
import sys
from pathlib import Path

import pytest

from morrow import shipped_networks
from morrow.config import ZERO_SHOT_KIND
from morrow.errors import RegistryError
from morrow.pretraining import load_network


@pytest.fixture
def written(tmp_path: Path) -> Path:
    """A folder with the files of a network."""
    shipped_networks.write_files("gru", b"some weights", {"inputs": 1}, tmp_path)
    return tmp_path


def test_what_is_written_can_be_read(written: Path) -> None:
    """The card comes back with the sha256 of the weights."""
    card, content = shipped_networks.read_files("gru", written)
    assert content == b"some weights"
    assert card["inputs"] == 1
    assert len(card["sha256"]) == 64


def test_one_altered_bit_is_refused(written: Path) -> None:
    """Weights that are not those of the card are not read, nor named."""
    (written / "gru.safetensors").write_bytes(b"some weightz")
    for read in (shipped_networks.read_files, shipped_networks.name_version):
        with pytest.raises(RegistryError, match="was altered: its sha256 is not that of its card"):
            read("gru", written)


@pytest.mark.parametrize("name", ["gru.safetensors", "gru.json"])
def test_a_missing_or_broken_file_is_named(written: Path, name: str) -> None:
    """Without weights or a card that can be read there is one line, which names the file."""
    for break_file in (lambda file: file.write_bytes(b"{}"), Path.unlink):
        break_file(written / name)
        with pytest.raises(RegistryError, match=r"gru\.safetensors\"") as caught:
            shipped_networks.read_files("gru", written)
        assert "\n" not in str(caught.value)


def test_the_version_names_the_shipped_weights() -> None:
    """The version of zero-shot forecasts is the start of the sha256 of the weights that make them."""
    digest = load_network(ZERO_SHOT_KIND).card["sha256"]
    assert shipped_networks.name_version(ZERO_SHOT_KIND) == f"pretrained-{digest[:12]}"


def test_the_weights_are_named_without_torch() -> None:
    """A night that repeats nothing chooses its zero-shot forecaster without importing torch."""
    code = (
        "import sys; import morrow.steps.deliver.forecaster; from morrow import shipped_networks; "
        "print(shipped_networks.name_version('gru'), 'torch' in sys.modules)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.split() == [shipped_networks.name_version("gru"), "False"]
