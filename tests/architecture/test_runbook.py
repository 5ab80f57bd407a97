"""The runbook quotes messages that the code prints."""

import ast
import os
import re
from errno import ENOSPC
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[2]
RUNBOOK = (PROJECT / "docs" / "runbook.md").read_text(encoding="utf-8")
FOREIGN = {"kill -9", os.strerror(ENOSPC)}  # what is not ours to print


def quotes(page: str) -> list[str]:
    """What the runbook quotes in its column of what an operator sees."""
    rows = [line.split("|")[1] for line in page.splitlines() if line.startswith("| ")]
    return [quote for row in rows for quote in re.findall(r"`([^`]+)`", row) if quote not in FOREIGN]


def texts(file: Path) -> list[str]:
    """Every text in a file; what is filled into one when the program runs is left out."""
    texts = []
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.JoinedStr):
            values = [part.value if isinstance(part, ast.Constant) else "\0" for part in node.values]
            texts.append("".join(str(value) for value in values))
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            texts.append(node.value)
    return texts


SOURCES = {
    file: texts(file) for folder in ("src", "flows") for file in sorted((PROJECT / folder).rglob("*.py"))
} | {file: [file.read_text(encoding="utf-8")] for file in sorted((PROJECT / "expectations").glob("*.json"))}


def printed_by(quote: str) -> list[Path]:
    """Files whose texts have every literal part of a quote: what is no ellipsis, number or name."""
    parts = [part.strip(" ,:") for part in re.split(r"\.\.\.|SYMBOL|\d+", quote)]
    return [
        file
        for file, texts in SOURCES.items()
        if all(any(part in text for text in texts) for part in parts if part)
    ]


@pytest.mark.parametrize("quote", quotes(RUNBOOK))
def test_the_code_prints_what_the_runbook_quotes(quote: str) -> None:
    """Every message that the runbook quotes stands, part for part, in one file of the code."""
    assert printed_by(quote), f"no code prints {quote!r}"


def test_a_message_that_nothing_prints_is_noticed() -> None:
    """The search is not so loose that a made-up message passes."""
    assert not printed_by("the disk of ... is made of cheese")
    assert len(quotes(RUNBOOK)) > 20
