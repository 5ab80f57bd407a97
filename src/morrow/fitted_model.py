"""A fitted model as data: a JSON document and named arrays, in a folder of two files, without code."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from morrow.errors import VersionError

DOCUMENT, WEIGHTS = "model.json", "weights.safetensors"
REFERENCE = "reference"  # its entry in the document, and the prefix of its arrays
WEIGHT = "weight"  # entry of the weight of a model's own quantiles beside its reference's
REQUIRED = (
    "name", "recipe", "forecast", "time", "calendar", "tick", "features", "symbols", "trained_through",
    "calibration",
)  # fmt: skip


@dataclass(frozen=True)
class FittedModel:
    """The result of training, and all that a forecast needs of it.

    Attributes:
        document: recipe name and options, horizon, levels, window, feature names, symbols, fitted
            scalers, calibration, ``trained_through`` (ISO date) and whatever a kind adds.
        arrays: weights and other arrays by name.
    """

    document: Mapping[str, Any]
    arrays: Mapping[str, NDArray[Any]]

    @property
    def trained_through(self) -> np.datetime64:
        """Last session whose close the model used in any way."""
        return np.datetime64(self.document["trained_through"], "D")


def compose(
    members: Sequence[FittedModel], weights: Sequence[float], document: Mapping[str, Any]
) -> FittedModel:
    """Compose one model of several: ``members`` and ``weights`` in its document, arrays as ``NAME/array``.

    ``trained_through`` is the latest of its members' and of the document's own; ``range``, what its training
    saw, is that of the first member.
    """
    through = max(str(each.trained_through) for each in members)
    whole = {
        **document,
        "range": members[0].document.get("range"),
        "members": [dict(each.document) for each in members],
        "weights": [float(weight) for weight in weights],
        "trained_through": max(through, document.get("trained_through", through)),
    }
    arrays = {
        f"{each.document['name']}/{name}": array for each in members for name, array in each.arrays.items()
    }
    return FittedModel(whole, arrays)


def members(fitted: FittedModel) -> tuple[FittedModel, ...]:
    """The models that a model was composed of, in order; none for a model of one recipe."""
    models = []
    for document in fitted.document.get("members", ()):
        prefix = f"{document['name']}/"
        arrays = {k.removeprefix(prefix): v for k, v in fitted.arrays.items() if k.startswith(prefix)}
        models.append(FittedModel(document, arrays))
    return tuple(models)


def mix_with_reference(model: FittedModel, reference: FittedModel, weight: float) -> FittedModel:
    """A model that answers ``weight`` times its own quantiles and for the rest those of a reference.

    The reference must be fitted on a panel with the model's symbols and features.
    """
    own = {name: value for name, value in reference.document.items() if name in ("name", "recipe", "scaling")}
    arrays = {f"{REFERENCE}/{name}": array for name, array in reference.arrays.items()}
    return FittedModel({**model.document, REFERENCE: own, WEIGHT: float(weight)}, {**model.arrays, **arrays})


def reference(fitted: FittedModel) -> FittedModel | None:
    """The reference that a model's quantiles are mixed with; None for a model that answers alone."""
    if REFERENCE not in fitted.document:
        return None
    prefix = f"{REFERENCE}/"
    arrays = {k.removeprefix(prefix): v for k, v in fitted.arrays.items() if k.startswith(prefix)}
    return FittedModel({**fitted.document, **fitted.document[REFERENCE]}, arrays)


def describe_calibration(fitted: FittedModel) -> str:
    """Describe a model's calibration for its lineage: a hash of the state, and its last session.

    Together with the prices it determines the calibration at any later cutoff.
    """
    state = fitted.document["calibration"]
    digest = hashlib.sha256(json.dumps(state, sort_keys=True).encode()).hexdigest()[:16]
    through = state["session"] if isinstance(state, dict) else fitted.document["trained_through"]
    return f"{digest} through {through}"


def save(fitted: FittedModel, folder: Path) -> None:
    """Write ``model.json`` and ``weights.safetensors`` into an existing folder."""
    arrays = {name: np.ascontiguousarray(array) for name, array in fitted.arrays.items()}
    save_file(arrays, str(folder / WEIGHTS))
    text = json.dumps(fitted.document, indent=1, sort_keys=True, allow_nan=False)
    (folder / DOCUMENT).write_text(text + "\n", encoding="utf-8")


def load(folder: Path) -> FittedModel:
    """Read a model that ``save`` wrote.

    Raises:
        VersionError: a file is missing or damaged, the document lacks a key, or its calibration has an
            earlier version's form.
    """
    try:
        document = json.loads((folder / DOCUMENT).read_text(encoding="utf-8"))
        if not isinstance(document, dict):
            raise ValueError(f"{DOCUMENT} is not a JSON object")  # noqa: TRY004, TRY301
        if missing := [key for key in REQUIRED if key not in document]:
            raise ValueError(f"{DOCUMENT} lacks {', '.join(missing)}")  # noqa: TRY301
        calibrations = [each.get("calibration") for each in (document, *document.get("members", ()))]
        if any(not isinstance(each, dict | None) for each in calibrations):
            raise ValueError(  # noqa: TRY301
                "its calibration has the form of an earlier version of morrow"
            )
        return FittedModel(document, load_file(str(folder / WEIGHTS)))
    except (OSError, ValueError, SafetensorError) as error:
        raise VersionError(f'no readable model in "{folder}": {error}') from None
