"""Finds, reads and checks the suites: JSON in Great Expectations' format, one file a gate.

Beyond that format every expectation names its rule, what to do when it fails and the reason to give.
"""

import json
import string
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
    MulticolumnMapExpectation,
)
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from pydantic import BaseModel, ConfigDict, Field, ValidationError

import morrow.checks.expectations  # noqa: F401 (makes our own known by their names)
from morrow.checks.signs import MEASURES
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
OBSERVED, PLACE, BY_SIGNS = "observed", "place", "by signs"
MAP_EXPECTATIONS = (ColumnMapExpectation, ColumnPairMapExpectation, MulticolumnMapExpectation)

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

    Those that compare signs of faults (``signs.MEASURES``) are given only the rows that have some.

    Attributes:
        gate: ``raw``, ``panel``, ``features`` or ``forecasts``.
        file: where it was read, for messages.
        expectations: Great Expectations' suite.
    """

    gate: str
    file: str
    expectations: gx.ExpectationSuite


def load_suite(gate: str, local: Path | None) -> Suite:
    """Read a gate's suite: ``GATE.json`` in the local folder if it is there, else the one that ships.

    Args:
        gate: ``raw``, ``panel``, ``features`` or ``forecasts``.
        local: the folder ``expectations/`` beside ``morrow.toml``; it need not exist.

    Raises:
        ConfigError: the gate is unknown, or the file cannot be read or is not a usable suite.
    """
    if gate not in COLUMNS:
        raise ConfigError(f'no gate is called "{gate}"; known: {", ".join(COLUMNS)}')
    own = None if local is None else local / f"{gate}.json"
    file: Path | Traversable = own if own is not None and own.exists() else _shipped() / f"{gate}.json"
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
    built = [
        _expectation(entry, place, gate, f'suite "{file}"')
        for place, entry in enumerate(document.expectations)
    ]
    return Suite(gate, str(file), gx.ExpectationSuite(name=gate, expectations=built))


def by_signs(expectation: Any) -> bool:
    """Whether an expectation compares signs of faults, and so is given the rows that have some."""
    return bool(expectation.meta[BY_SIGNS])


def _columns(expectation: Any) -> set[str]:
    names = [getattr(expectation, each, None) for each in ("column", "column_A", "column_B")]
    return {str(name) for name in (*names, *(getattr(expectation, "column_list", None) or ()))}


def _shipped() -> Path | Traversable:
    packaged = resources.files("morrow") / "expectations"
    return packaged if packaged.is_dir() else Path(__file__).parents[3] / "expectations"


def _expectation(entry: _Entry, place: int, gate: str, where: str) -> Any:
    """Build one that knows its place in the suite, because results come in an order of their own."""
    settings = entry.model_dump(exclude={"id"}, exclude_none=True)
    settings["meta"][PLACE] = place
    try:
        built = ExpectationConfiguration(**settings).to_domain_obj()
    except (GreatExpectationsError, ValueError, TypeError) as error:
        raise ConfigError(
            f'{where}: rule "{entry.meta.rule}": {entry.type}: {one_line(error, 300)}'
        ) from None
    by_row = isinstance(built, MAP_EXPECTATIONS)
    signs = gate == "raw" and by_row and not _columns(built).isdisjoint(MEASURES)
    built.meta[BY_SIGNS] = signs
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
    names = (*COLUMNS[gate], *(MEASURES if signs else ())) if by_row else (OBSERVED,)
    _check_reason(entry.meta, names, where)
    return built


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
