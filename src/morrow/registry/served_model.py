"""A fitted model in MLflow's layout, so that others can load and serve it without an installed morrow.

Beside the two data files lie the entry, which MLflow runs, and the source of this morrow, because no package
index has it. morrow itself reads the data files alone, and runs neither.
"""

import shutil
import warnings
from importlib.metadata import version as installed
from pathlib import Path

import mlflow.pyfunc
import pandas as pd
from mlflow.entities import LoggedModel
from mlflow.models import Model, ModelSignature, infer_signature
from mlflow.types import ColSpec, Schema

import morrow
from morrow.fitted_model import DOCUMENT, WEIGHTS
from morrow.frames import PRICES

ENTRY = Path(__file__).with_name("entry.py")
REQUIREMENTS = (
    "arch", "exchange-calendars", "mlflow", "numpy", "pandas", "psutil", "pyarrow", "pydantic",
    "pydantic-settings", "safetensors", "scikit-learn", "scipy", "threadpoolctl", "torch",
)  # fmt: skip
NULLABLE = frozenset(column.name for column in PRICES.columns if column.nullable)


def save(
    folder: Path,
    fitted_folder: Path,
    input_example: pd.DataFrame,
    output_example: pd.DataFrame,
    logged: LoggedModel,
) -> None:
    """Write MLflow's layout to a new folder.

    Args:
        folder: to be made.
        fitted_folder: holds ``model.json`` and ``weights.safetensors``.
        input_example: a few rows of prices.
        output_example: the forecast from them; both give the signature.
        logged: the model's entry in MLflow.
    """
    mlflow.pyfunc.save_model(
        path=str(folder),
        python_model=str(ENTRY),
        code_paths=[str(Path(morrow.__file__).parent)],
        artifacts={
            "model": (fitted_folder / DOCUMENT).resolve().as_uri(),
            "weights": (fitted_folder / WEIGHTS).resolve().as_uri(),
        },
        signature=_infer_signature(input_example, output_example),
        input_example=input_example,
        pip_requirements=[f"{name}=={installed(name).split('+')[0]}" for name in REQUIREMENTS],
        mlflow_model=Model(
            artifact_path=logged.artifact_location,
            run_id=logged.source_run_id,
            model_uuid=logged.model_id,
            model_id=logged.model_id,
        ),
    )
    for compiled in list(folder.rglob("__pycache__")):
        shutil.rmtree(compiled)


def _infer_signature(given: pd.DataFrame, answer: pd.DataFrame) -> ModelSignature:
    """Columns and types of both examples; columns that prices may lack are optional."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a hint about integers that could be missing
        inferred = infer_signature(given, answer)
    columns = [
        ColSpec(column.type, column.name, required=column.name not in NULLABLE)
        for column in inferred.inputs.inputs
    ]
    return ModelSignature(Schema(columns), inferred.outputs)
