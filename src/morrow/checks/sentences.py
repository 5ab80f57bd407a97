"""Says in a sentence what an expectation asks, through Great Expectations' own renderers."""

import re
import sys
from typing import Any

from great_expectations.expectations.expectation import Expectation
from great_expectations.expectations.expectation_configuration import ExpectationConfiguration
from great_expectations.render.renderer.inline_renderer import InlineRenderer

from morrow.checks.expectations import BarExpectation
from morrow.errors import one_line

_PLACE = re.compile(r"\$(\w+)")
_PARAMETER = "$PARAMETER"
_LONGEST = 300


def sentence(expectation: Expectation) -> str:
    """What an expectation asks: its own description, else the rendering of it.

    Args:
        expectation: as the suite has it, its parameters still names.

    Returns:
        A plain sentence, of at most 300 characters.
    """
    if expectation.description:
        text = str(expectation.description)
    elif isinstance(expectation, BarExpectation):  # the library's renderer says the same in 10 ms
        text = _PLACE.sub(lambda place: _text(getattr(expectation, place[1])), expectation.sentence)
    else:
        text = _rendered(expectation.configuration) or expectation.expectation_type.replace("_", " ")
    text = one_line(text)
    text = text[:1].upper() + text[1:].removesuffix(".")
    return f"{text}." if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _rendered(configuration: ExpectationConfiguration) -> str:
    content = InlineRenderer(render_object=configuration).get_rendered_content()
    parts = [part.value for part in content if part.name.startswith("atomic.prescriptive")]
    if not parts or not parts[0].template:
        return ""
    values = {name: each.get("value") for name, each in (parts[0].params or {}).items()}
    return _PLACE.sub(lambda place: _word(place, values), parts[0].template)


def _word(place: "re.Match[str]", values: dict[str, Any]) -> str:
    """A value in the template's words; a parameter is named, for each run has its own value."""
    value = values.get(place[1], place[0])
    if value == _PARAMETER:
        value = next((each for each in values.values() if isinstance(each, dict)), value)
    if isinstance(value, dict) and _PARAMETER in value:
        return f"the run's {str(value[_PARAMETER]).replace('_', ' ')}"
    return _text(value)


def _text(value: object) -> str:
    if isinstance(value, float):
        return "any finite number" if value == sys.float_info.max else repr(value).removesuffix(".0")
    return str(value)
