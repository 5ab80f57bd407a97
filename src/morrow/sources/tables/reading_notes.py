"""Notes about what stands around the rows of texts: skipped lines, encodings, and columns by their values."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from morrow.sources.tables.encoding_detection import describe_encoding
from morrow.sources.tables.raw_block import Header

_LONGEST_EXAMPLE = 60


@dataclass(frozen=True)
class TextFacts:
    """What was seen around the rows of one file.

    Attributes:
        header: what stands above them.
        encoding: that was found: empty for plain ASCII.
    """

    header: Header
    encoding: str


def describe_texts(texts: Sequence[TextFacts]) -> Iterator[str]:
    """A line for each kind of thing that was skipped or found, with the first file that has it."""
    headers = [text.header for text in texts]
    skipped = [header for header in headers if header.preamble]
    if skipped:
        lines, example = sum(len(header.preamble) for header in skipped), skipped[0].preamble[0]
        first, plural = example[:_LONGEST_EXAMPLE], "s" if lines > 1 else ""
        yield f'{lines} line{plural} before the header of {_name(skipped)} skipped, first: "{first}"'
    if with_units := [header for header in headers if header.units]:
        units = ", ".join(filter(None, with_units[0].units))[:_LONGEST_EXAMPLE]
        yield f'a line of units or notes below the header of {_name(with_units)} skipped: "{units}"'
    for encoding in dict.fromkeys(text.encoding for text in texts):
        if encoding not in {"", "utf-8"}:
            files = [text.header for text in texts if text.encoding == encoding]
            yield f"text of {_name(files)} read as {describe_encoding(encoding)}"
    if guessed := [header for header in headers if header.names_guessed]:
        yield f"no header in {_name(guessed)}: columns by their values: {', '.join(guessed[0].names)}"


def common_encoding(texts: Sequence[TextFacts]) -> str:
    """The encoding that reads every file; empty where that is UTF-8, or there are several.

    Plain ASCII goes with any other but UTF-16 and UTF-32.
    """
    encodings = {text.encoding for text in texts}
    if not any(encoding.startswith(("utf-16", "utf-32")) for encoding in encodings):
        encodings -= {""}
    return encodings.pop() if len(encodings) == 1 and "utf-8" not in encodings else ""


def _name(headers: Sequence[Header]) -> str:
    more = f" and {len(headers) - 1} more" if len(headers) > 1 else ""
    return f'"{headers[0].file}"{more}'
