"""The files of the pretrained networks: weights, each beside its card, checked before they are used.

What is in them is a matter of ``pretraining``. No array is read here, so a quiet night can name the weights
without torch.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from morrow import atomic
from morrow.errors import RegistryError

FOLDER = Path(__file__).parent
VERSION_DIGITS = 12  # of the sha256 that name the weights as a version

Card = Mapping[str, Any]


def read_files(kind: str, folder: Path = FOLDER) -> tuple[Card, bytes]:
    """The card of a network, and its weights as safetensors.

    Raises:
        RegistryError: a file is missing or is not readable, or the weights are not those of the card.
    """
    weights = folder / f"{kind}.safetensors"
    try:
        card = json.loads((folder / f"{kind}.json").read_text(encoding="utf-8"))
        content = weights.read_bytes()
        altered = hashlib.sha256(content).hexdigest() != card["sha256"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RegistryError(
            f'no readable pretrained network in "{weights}" ({error}); install morrow again'
        ) from None
    if altered:
        raise RegistryError(
            f'pretrained network "{weights}" was altered: its sha256 is not that of its card; '
            "install morrow again, or train it again with: make pretrain"
        )
    return card, content


def write_files(kind: str, content: bytes, card: Card, folder: Path = FOLDER) -> None:
    """Write weights and their card, with the sha256 of the weights."""
    folder.mkdir(parents=True, exist_ok=True)
    whole = {**card, "sha256": hashlib.sha256(content).hexdigest()}
    atomic.write_file(folder / f"{kind}.safetensors", content)
    atomic.write_file(folder / f"{kind}.json", json.dumps(whole, indent=1, sort_keys=True) + "\n")


def name_version(kind: str, folder: Path = FOLDER) -> str:
    """Name a network's weights, as the version of the forecasts that they alone make.

    Raises:
        RegistryError: as :func:`read_files`.
    """
    card, _ = read_files(kind, folder)
    return f"pretrained-{card['sha256'][:VERSION_DIGITS]}"
