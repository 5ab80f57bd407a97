"""Suites: JSON in Great Expectations' format, one file per gate; how they are read, checked and described.

Beyond that format every expectation names its rule, what to do when it fails and the reason to give.
"""

import json
import re
import string
import sys
from dataclasses import dataclass
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

import great_expectations as gx
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.expectations.expectation import (
    ColumnMapExpectation,
    ColumnPairMapExpectation,
    Expectation,
    MulticolumnMapExpectation,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.renderer.inline_renderer import InlineRenderer
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from morrow.checks.expectations import BarExpectation
from morrow.checks.measures import MEASURES
from morrow.checks.summaries import FEATURE_COLUMNS, SYMBOL_COLUMNS
from morrow.errors import ConfigError, one_line
from morrow.frames import PRICE_FIELDS, forecasts_schema

REJECT_ROW, HOLD_SYMBOL, STOP_NIGHT, WARN = "reject_row", "hold_symbol", "stop_night", "warn"
REFUSING = (REJECT_ROW, HOLD_SYMBOL)
DERIVED = ("lowest_price", "narrowest_gap", "not_finite", "probability_sum")
COLUMNS: dict[str, tuple[str, ...]] = {
    "raw": ("row", "symbol", "session", *PRICE_FIELDS, "malformed"),
    "forecasts": (*forecasts_schema(()).names, *DERIVED),
    "panel": SYMBOL_COLUMNS,
    "features": FEATURE_COLUMNS,
}
HOLDING = ("raw", "panel")
OBSERVED, INDEX, BY_MEASURES = "observed", "index", "by measures"
MAP_EXPECTATIONS = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)

_ARGUMENT, _FIELD = re.compile(r"\$(\w+)"), re.compile(r"\{(\w+)\}")
_PARAMETER = "$PARAMETER"
_LONGEST = 300  # characters of a message or description

_Sentence = Annotated[str, Field(min_length=1)]


class _Meta(BaseModel):
    model_config = ConfigDict(extra="allow")

    rule: _Sentence
    action: Literal["reject_row", "hold_symbol", "stop_night", "warn"]
    reason: _Sentence


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid")

    type: str
    kwargs: dict[str, Any]
    severity: Literal["critical", "warning", "info"]
    notes: _Sentence
    meta: _Meta
    id: str | None = None
    description: str | None = None


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str
    expectations: list[_Entry] = Field(min_length=1)
    meta: dict[str, Any] = {}
    notes: str | None = None
    id: str | None = None
    suite_parameters: dict[str, Any] = {}


@dataclass(frozen=True, eq=False)
class Suite:
    """A gate's expectations, ready to run.

    Attributes:
        gate: ``raw``, ``panel``, ``features`` or ``forecasts``.
        file: that it was read from, for messages.
        expectations: Great Expectations' suite.
    """

    gate: str
    file: str
    expectations: gx.ExpectationSuite


def load_suite(gate: str, local: Path | None) -> Suite:
    """Read a gate's suite: ``GATE.json`` of the local folder if it exists, else the one that ships.

    Args:
        gate: ``raw``, ``panel``, ``features`` or ``forecasts``.
        local: the folder ``expectations/`` beside ``morrow.toml``; it need not exist.

    Raises:
        ConfigError: the gate is unknown, or the file cannot be read or is not a usable suite.
    """
    if gate not in COLUMNS:
        raise ConfigError(f'no gate is called "{gate}"; known: {", ".join(COLUMNS)}')
    own = None if local is None else local / f"{gate}.json"
    file: Path | Traversable = (
        own if own is not None and own.exists() else _packaged_suites() / f"{gate}.json"
    )
    try:
        document = _Document.model_validate(json.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigError(f'suite "{file}": {where}: {first["msg"]}') from None
    except (OSError, ValueError) as error:
        raise ConfigError(f'cannot read suite "{file}": {error}') from None
    if document.name != gate:
        raise ConfigError(f'suite "{file}": name is "{document.name}", must be "{gate}"')
    expectations = [
        _build_expectation(entry, index, gate, f'suite "{file}"')
        for index, entry in enumerate(document.expectations)
    ]
    return Suite(gate, str(file), gx.ExpectationSuite(name=gate, expectations=expectations))


def compares_measures(expectation: Any) -> bool:
    """Whether an expectation compares measures of faults, and so is given only the rows that have any."""
    return bool(expectation.meta[BY_MEASURES])


def _columns_of(expectation: Any) -> set[str]:
    names = [getattr(expectation, each, None) for each in ("column", "column_A", "column_B")]
    return {str(name) for name in (*names, *(getattr(expectation, "column_list", None) or ()))}


def _packaged_suites() -> Path | Traversable:
    packaged = resources.files("morrow") / "expectations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "expectations"


def _build_expectation(entry: _Entry, index: int, gate: str, where: str) -> Any:
    """Build an expectation that holds its index in the suite, because results come in another order."""
    settings = entry.model_dump(exclude={"id"}, exclude_none=True)
    settings["meta"][INDEX] = index
    try:
        built = ExpectationConfiguration(**settings).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise ConfigError(
            f'{where}: rule "{entry.meta.rule}": {entry.type}: {one_line(error, _LONGEST)}'
        ) from None
    by_row = isinstance(built, MAP_EXPECTATIONS)
    by_measures = gate == "raw" and by_row and not _columns_of(built).isdisjoint(MEASURES)
    built.meta[BY_MEASURES] = by_measures
    if entry.meta.action in REFUSING and not by_row:
        raise ConfigError(
            f'{where}: rule "{entry.meta.rule}": {entry.type} judges the whole table, '
            f"so its action must be {STOP_NIGHT} or {WARN}, got {entry.meta.action}"
        )
    if entry.meta.action == HOLD_SYMBOL and gate not in HOLDING:
        raise ConfigError(
            f'{where}: rule "{entry.meta.rule}": {HOLD_SYMBOL} is for the gates {" and ".join(HOLDING)}; '
            f"allowed here: {REJECT_ROW}, {STOP_NIGHT}, {WARN}"
        )
    names = (*COLUMNS[gate], *(MEASURES if by_measures else ())) if by_row else (OBSERVED,)
    limits = _read_limits(built)
    _check_reason(entry.meta, (*names, *limits), where)
    built.meta["reason"] = _FIELD.sub(lambda name: limits.get(name[1], name[0]), entry.meta.reason)
    return built


def _read_limits(expectation: Any) -> dict[str, str]:
    """The limits of one of our own expectations as text, which its reason may name."""
    if not isinstance(expectation, BarExpectation):
        return {}
    return {name: _text(getattr(expectation, name)) for name in expectation.row.limits}


def _check_reason(meta: _Meta, names: tuple[str, ...], where: str) -> None:
    try:
        fields = [field for field in string.Formatter().parse(meta.reason) if field[1] is not None]
    except ValueError as error:
        raise ConfigError(f'{where}: rule "{meta.rule}": reason: {error}') from None
    for _, name, layout, conversion in fields:
        if name not in names or layout or conversion:
            raise ConfigError(
                f'{where}: rule "{meta.rule}": reason has a field {{{name}}} that cannot be filled; '
                f"plain fields allowed: {', '.join(names)}"
            )


def describe(expectation: Expectation) -> str:
    """Describe an expectation in a sentence of at most 300 characters.

    Args:
        expectation: as the suite has it, its parameters still names; its own description is preferred.
    """
    if expectation.description:
        text = str(expectation.description)
    elif isinstance(expectation, BarExpectation):  # the library renders the same sentence in 10 ms
        text = _ARGUMENT.sub(lambda name: _text(getattr(expectation, name[1])), expectation.row.sentence)
    else:
        text = _render(expectation.configuration) or expectation.expectation_type.replace("_", " ")
    text = one_line(text)
    text = text[:1].upper() + text[1:].removesuffix(".")
    return f"{text}." if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _render(configuration: ExpectationConfiguration) -> str:
    content = InlineRenderer(render_object=configuration).get_rendered_content()
    parts = [part.value for part in content if part.name.startswith("atomic.prescriptive")]
    if not parts or not parts[0].template:
        return ""
    values = {name: each.get("value") for name, each in (parts[0].params or {}).items()}
    return _ARGUMENT.sub(lambda name: _word(name, values), parts[0].template)


def _word(name: re.Match[str], values: dict[str, Any]) -> str:
    """An argument's value; a run's parameter is named instead, because each run has its own value."""
    value = values.get(name[1], name[0])
    if value == _PARAMETER:
        value = next((each for each in values.values() if isinstance(each, dict)), value)
    if isinstance(value, dict) and _PARAMETER in value:
        return f"the run's {str(value[_PARAMETER]).replace('_', ' ')}"
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "any finite number" if value == sys.float_info.max else repr(value).removesuffix(".0")
    return str(value)
