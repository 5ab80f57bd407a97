"""Write tonight's forecasts for consumers, with their lineage."""

from morrow import export as exports
from morrow.frames import export_schema
from morrow.steps.context import Night
from morrow.steps.deliver.forecast import forecast_key
from morrow.steps.lineage import code_version
from morrow.steps.results import ExportResult, Results


def export(night: Night, results: Results) -> ExportResult:
    """Write tonight's forecasts for consumers; the same forecasts are not written again.

    Raises:
        ExportError: they cannot be written.
    """
    plan, forecast = results["plan"], results["forecast"]
    schema = export_schema(night.config.forecast.levels)
    frame = night.store.read(schema, night.universe, where=forecast_key(plan, forecast.version))
    folder = night.config.folder(night.config.paths.exports)
    lineage = {
        "model": f"morrow-{night.universe}/{forecast.model}",
        "model_version": forecast.version,
        "run_id": forecast.run_id,
        "calibration": forecast.calibration,
        "data_version": str(frame["data_version"].iloc[0]),
        "code_version": code_version(),
    }
    written = exports.write(frame, folder, lineage, schema)
    root = night.config.root
    path = written.path.relative_to(root) if written.path.is_relative_to(root) else written.path
    return ExportResult(path.as_posix(), written.rows, written.sha256, written.written)
