"""Our own expectations of bars: the Great Expectations classes that are made from the rows of their table.

They compare what ``morrow.checks.measures`` has measured with the limits that a suite gives. Importing this
module registers them under the names that suites use.
"""

from typing import Any, ClassVar, cast

from great_expectations.compatibility.pydantic import Field, validator
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
    multicolumn_condition_partial,
)
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType

from morrow.checks.expectation_table import TABLE, Row


class BarExpectation(MulticolumnMapExpectation):  # type: ignore[misc]  # the library has no types
    """Expects that no bar fails; each row of ``TABLE`` becomes a subclass with its limits as fields."""

    column_list: Any = None
    ignore_row_if: Any = "never"
    row: ClassVar[Row]

    @validator("column_list", pre=True, always=True)  # type: ignore[untyped-decorator]
    def _own_columns(cls, given: Any) -> list[str]:  # noqa: N805 (the decorator makes it a class's)
        return list(given or cls.row.columns)

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether it is this class, which expects nothing."""
        return cls.map_metric is None or bool(super().is_abstract())

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        for name in cls.row.limits:
            renderer_configuration.add_param(name=name, param_type=RendererValueType.NUMBER)
        renderer_configuration.template_str = cls.row.sentence
        return renderer_configuration


class BarMetric(MulticolumnMapMetricProvider):  # type: ignore[misc]  # as above
    """Whether each bar does what an expectation expects; each row of ``TABLE`` becomes a subclass."""

    row: ClassVar[Row]

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: Any, **kwargs: Any) -> Any:  # noqa: N805 (as above)
        return ~cls.row.fails(column_list, **{name: kwargs[name] for name in cls.row.limits})


def _register(row: Row) -> None:
    """Make a row's expectation and its metric; the library registers a class when it is made."""
    name = "".join(word.capitalize() for word in row.type.split("_"))
    shared = {"__module__": __name__, "__doc__": f"Expects: {row.sentence}.", "row": row}
    metric = {"condition_metric_name": row.type, "condition_value_keys": tuple(row.limits)}
    make_metric, make_expectation = cast("Any", type(BarMetric)), cast("Any", type(BarExpectation))
    make_metric(f"{name}Metric", (BarMetric,), shared | metric)
    fields = {
        name: Field(... if limit.neutral is None else limit.neutral, ge=limit.least, le=limit.most)
        for name, limit in row.limits.items()
    }
    kinds = {"__annotations__": {name: limit.kind for name, limit in row.limits.items()}}
    keys = {"map_metric": row.type, "success_keys": (*row.limits, "mostly")}
    make_expectation(name, (BarExpectation,), shared | kinds | fields | keys)


for _row in TABLE:
    _register(_row)
