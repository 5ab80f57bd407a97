"""Write the data dictionary from the schemas.

``python docs/data_dictionary.py`` writes ``docs/data-dictionary.md``.
"""

from collections.abc import Sequence
from pathlib import Path

from morrow.config import Config
from morrow.export import SCHEMA_VERSION
from morrow.frames import EXPORTS, LEDGER, MEMBERSHIP, PRICES, QUARANTINE, RENAMES, REVISIONS, SCORES
from morrow.frames.columns import Schema
from morrow.frames.export_rows import FLAGS, export_schema

PROJECT = Path(__file__).resolve().parents[1]
PAGE = Path("docs", "data-dictionary.md")
TABLES = (PRICES, REVISIONS, QUARANTINE, SCORES, LEDGER, EXPORTS, MEMBERSHIP, RENAMES)
HEAD = """<!-- Written by python docs/data_dictionary.py from the schemas: change those. -->
# Data dictionary

Every column that morrow writes. [The reference](reference.md#the-export) says how the files fit together.

## Rows of an export

Schema version {version}. Prices are in the row's `currency`, on the share basis of `basis`. The levels
are those of `[forecast] levels`, here the default ones.

{columns}

A row is identified by {key}; files are sorted by it.

## Flags

`flags` holds none, one or several of these, sorted and joined by commas. Without one it is an empty text.

| flag | means that |
|---|---|
{flags}

## Other tables

They lie in `data/`, one Delta table each; [the reference](reference.md#tables) says how they are written.
"""


def write_page() -> str:
    """The whole page."""
    schema = export_schema(Config.model_fields["forecast"].default.levels)
    parts = [
        HEAD.format(
            version=SCHEMA_VERSION,
            columns=_list_columns(schema),
            key=", ".join(f"`{name}`" for name in schema.key),
            flags=_list_rows([[f"`{name}`", about] for name, about in sorted(FLAGS.items())]),
        )
    ]
    parts += [f"### {table.name}\n\n{_list_columns(table)}\n" for table in TABLES]
    return "\n".join(parts)


def _list_columns(schema: Schema) -> str:
    described = any(column.about for column in schema.columns)
    head = ["column", "type", "unit or meaning", "may be empty", *(["description"] if described else [])]
    rows = [
        [
            f"`{column.name}`" + (" (key)" if column.name in schema.key else ""),
            str(column.kind),
            column.unit,
            "yes" if column.nullable else "no",
            *([column.about] if described else []),
        ]
        for column in schema.columns
    ]
    return _list_rows([head, ["---"] * len(head), *rows])


def _list_rows(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


if __name__ == "__main__":
    (PROJECT / PAGE).write_text(write_page(), encoding="utf-8")
