from pathlib import Path

import numpy as np
import pytest

from morrow import fitted_model
from morrow.errors import RegistryError
from morrow.fitted_model import DOCUMENT, WEIGHTS, FittedModel

MODEL = FittedModel(
    {
        **dict.fromkeys(fitted_model.REQUIRED, "x"),
        "name": "lstm",
        "calibration": None,
        "trained_through": "2020-01-03",
        "shift": [0.1, -1e-300, 1 / 3],
        "none": None,
    },
    {
        "0.weight": np.random.default_rng(0).standard_normal((3, 2)).astype(np.float32),
        "turned": np.arange(6, dtype=np.float64).reshape(2, 3).T,
        "count": np.array([1, 2], dtype=np.int64),
    },
)


def test_round_trip(tmp_path: Path) -> None:
    """A saved model loads with the same document and the same arrays, bit for bit."""
    fitted_model.save(MODEL, tmp_path)
    again = fitted_model.load(tmp_path)
    assert again.document == MODEL.document
    assert again.arrays.keys() == MODEL.arrays.keys()
    for name, array in MODEL.arrays.items():
        assert again.arrays[name].dtype == array.dtype
        assert np.array_equal(again.arrays[name], array)
    assert again.trained_through == np.datetime64("2020-01-03")


def test_saving_twice_writes_the_same_bytes(tmp_path: Path) -> None:
    """The files say what the model is and nothing of when they were written."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        fitted_model.save(MODEL, tmp_path / name)
    for file in (DOCUMENT, WEIGHTS):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_only_data_is_written(tmp_path: Path) -> None:
    """A model is one JSON document and one safetensors file, and nothing else."""
    fitted_model.save(MODEL, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == [DOCUMENT, WEIGHTS]


def test_a_document_holds_numbers_only(tmp_path: Path) -> None:
    """A NaN, which JSON does not know, is not written."""
    with pytest.raises(ValueError, match="JSON compliant"):
        fitted_model.save(FittedModel({"loss": float("nan")}, {}), tmp_path)


@pytest.mark.parametrize("file", [DOCUMENT, WEIGHTS])
@pytest.mark.parametrize("content", [None, b"", b"{", b"[]", b"\xff\xfe\x00", b"PK\x03\x04" * 50])
def test_a_corrupt_model_is_refused(tmp_path: Path, file: str, content: bytes | None) -> None:
    """A file that is missing, cut or something else is an error that names the folder."""
    fitted_model.save(MODEL, tmp_path)
    if content is None:
        (tmp_path / file).unlink()
    else:
        (tmp_path / file).write_bytes(content)
    with pytest.raises(RegistryError, match=f'no readable model in "{tmp_path}"'):
        fitted_model.load(tmp_path)


@pytest.mark.parametrize("calibration", [[0.1, 0.2], [], "x"])
def test_a_calibration_of_an_earlier_version_is_refused(tmp_path: Path, calibration: object) -> None:
    """A calibration that is neither null nor an object, the model's or a member's, is an error."""
    old, member = dict(MODEL.document) | {"calibration": calibration}, dict(MODEL.document)
    for document in (old, member | {"members": [member, old]}):
        fitted_model.save(FittedModel(document, MODEL.arrays), tmp_path)
        with pytest.raises(RegistryError, match=r"calibration has the form of an earlier version of morrow$"):
            fitted_model.load(tmp_path)


@pytest.mark.parametrize("key", fitted_model.REQUIRED)
def test_a_document_without_a_key_is_refused(tmp_path: Path, key: str) -> None:
    """A document that lacks what forecasting asks for is refused, and the key is named."""
    document = {name: value for name, value in MODEL.document.items() if name != key}
    fitted_model.save(FittedModel(document, MODEL.arrays), tmp_path)
    with pytest.raises(RegistryError, match=f"lacks {key}"):
        fitted_model.load(tmp_path)


def test_cut_weights_are_refused(tmp_path: Path) -> None:
    """Weights of which the end is missing are refused."""
    fitted_model.save(MODEL, tmp_path)
    whole = (tmp_path / WEIGHTS).read_bytes()
    (tmp_path / WEIGHTS).write_bytes(whole[:-4])
    with pytest.raises(RegistryError):
        fitted_model.load(tmp_path)
