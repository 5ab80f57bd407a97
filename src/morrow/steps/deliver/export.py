"""Write tonight's forecasts for consumers, with their lineage, and record each export."""

import json
from datetime import date
from typing import Any

import pandas as pd

from morrow import export as exports
from morrow.export.targets import deliver
from morrow.frames import BASIS, EXPORTS, LAST_CLOSE, forecasts_schema, read_basis
from morrow.frames.export_rows import export_schema, identify_forecasts
from morrow.steps.context import Night
from morrow.steps.deliver.export_facts import describe_delivery
from morrow.steps.deliver.forecast import forecast_key
from morrow.steps.delivery_results import ExportResult
from morrow.steps.lineage import code_version
from morrow.steps.results import Results


def export(night: Night, results: Results) -> ExportResult:
    """Write tonight's forecasts for consumers, and deliver to each target what it lacks.

    The same forecasts are not written again. A target that cannot be reached holds nothing back.

    Raises:
        ExportError: they cannot be written.
    """
    plan, forecast = results["plan"], results["forecast"]
    stored = forecasts_schema(night.config.forecast.levels)
    rows = night.store.read(stored, night.universe, where=forecast_key(plan, forecast.version))
    frame = complete_rows(night, rows, forecast.model)
    lineage = {
        "model": f"morrow-{night.universe}/{forecast.model}",
        "model_version": forecast.version,
        "run_id": forecast.run_id,
        "calibration": forecast.calibration,
        "data_version": str(frame["data_version"].iloc[0]),
        "code_version": code_version(),
    }
    recorded = read_recorded(night, plan.cutoff)
    written = exports.write(
        frame,
        night.config.folder(night.config.paths.exports),
        lineage,
        export_schema(night.config.forecast.levels),
        lambda: describe_delivery(night, forecast),
        recorded,
    )
    if written.revision not in {one["revision"] for one in recorded}:
        _record(night, written)
    root = night.config.root
    path = written.path.relative_to(root) if written.path.is_relative_to(root) else written.path
    config = night.config
    outcomes = deliver(config.targets, written.path.parent, config.root)
    return ExportResult(
        path.as_posix(), written.rows, written.sha256, written.written, written.revision, outcomes
    )


def complete_rows(night: Night, rows: pd.DataFrame, recipe: str) -> pd.DataFrame:
    """Add the columns that only consumers get, and the last close where an earlier release stored none.

    Args:
        night: of the universe.
        rows: of the ``forecasts`` table, of one cutoff and model version.
        recipe: name of its recipe, or ``zero-shot``.
    """
    rows = rows.assign(basis=read_basis(rows))
    if rows[LAST_CLOSE].isna().any():
        closes = night.market.all_bars.set_index(["symbol", "session"])["close"]
        known = closes.reindex(pd.MultiIndex.from_frame(rows[["symbol", BASIS]])).to_numpy()
        rows = rows.assign(last_close=rows[LAST_CLOSE].fillna(pd.Series(known, index=rows.index)))
    currency = night.options.currency
    return rows.assign(currency=currency, recipe=recipe, forecast_id=identify_forecasts(rows))


def read_recorded(night: Night, cutoff: date) -> list[dict[str, Any]]:
    """What is on record of earlier exports of a cutoff, by revision: their documents with the CSV's hash.

    Raises:
        StoreError: the table cannot be read.
    """
    recorded = night.store.read(EXPORTS, night.universe, where=[("cutoff", "=", cutoff)])
    return [
        {**json.loads(str(one.document)), exports.SUMS: {exports.CSV: one.csv_sha256}}
        for one in recorded.sort_values("revision").itertuples()
    ]


def _record(night: Night, written: exports.Export) -> None:
    """Record an export whose revision is not on record."""
    row = {
        "universe": night.universe,
        "cutoff": pd.Timestamp(written.document["cutoff"]),
        "revision": written.revision,
        "csv_sha256": written.csv_sha256,
        "document": json.dumps(written.document),
        "recorded_at": night.now,
    }
    night.store.append(EXPORTS, pd.DataFrame([row]))
