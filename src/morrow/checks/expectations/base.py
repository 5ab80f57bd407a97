"""What our own expectations share: a face for Great Expectations, a sentence and a metric."""

from typing import Any, ClassVar

from great_expectations.compatibility.pydantic import validator
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.expectation import MulticolumnMapExpectation
from great_expectations.expectations.metrics.map_metric_provider import (
    MulticolumnMapMetricProvider,
    multicolumn_condition_partial,
)
from great_expectations.render.renderer_configuration import RendererConfiguration, RendererValueType


class BarExpectation(MulticolumnMapExpectation):  # type: ignore[misc]  # the library has no types
    """Asks of every bar that its measures do not cross the lines that the arguments draw.

    A subclass names its metric, its measures (columns of the frame), its arguments and its sentence, in which
    stand ``$names`` of arguments.
    """

    column_list: Any = None
    ignore_row_if: Any = "never"
    measures: ClassVar[tuple[str, ...]] = ()
    sentence: ClassVar[str] = ""
    lines: ClassVar[tuple[str, ...]] = ()

    @validator("column_list", pre=True, always=True)  # type: ignore[untyped-decorator]
    def _own_measures(cls, given: Any) -> list[str]:  # noqa: N805 (the decorator makes it a class's)
        return list(given or cls.measures)

    @classmethod
    def is_abstract(cls) -> bool:
        """Whether it is this class, which asks for nothing."""
        return cls.map_metric is None or bool(super().is_abstract())

    @classmethod
    def _prescriptive_template(cls, renderer_configuration: RendererConfiguration) -> RendererConfiguration:
        for name in cls.lines:
            renderer_configuration.add_param(name=name, param_type=RendererValueType.NUMBER)
        renderer_configuration.template_str = cls.sentence
        return renderer_configuration


class BarMetric(MulticolumnMapMetricProvider):  # type: ignore[misc]  # as above
    """Whether each bar does what an expectation asks; a subclass says how, with the expectation's lines."""

    @multicolumn_condition_partial(engine=PandasExecutionEngine)  # type: ignore[untyped-decorator]
    def _pandas(cls, column_list: Any, **kwargs: Any) -> Any:  # noqa: N805 (as above)
        lines = {name: kwargs[name] for name in cls.condition_value_keys}
        return ~cls.crossed(column_list, **lines)
