"""Write the table of baselines in ``reference.md`` from their own files: ``python docs/recipe_kinds.py``."""

import inspect
from pathlib import Path

from morrow import recipes
from morrow.recipes import BaselineRecipe
from morrow.section import kinds_of

REFERENCE = Path(__file__).parent / "reference.md"
BEGIN, END = "<!-- baselines: written by docs/recipe_kinds.py -->\n", "<!-- end of baselines -->\n"


def table() -> str:
    """One row per class of options: its kinds, its docstring and its keys with their defaults."""
    rows = ["| `kind` | what it is | keys |", "|---|---|---|"]
    for section in dict.fromkeys(recipes.baselines().values()):
        kinds = ", ".join(f"`{kind}`" for kind in kinds_of(section))
        rows.append(f"| {kinds} | {' '.join((inspect.getdoc(section) or '').split())} | {_keys(section)} |")
    return "\n".join(rows) + "\n"


def updated(text: str) -> str:
    """The reference with the table as it is now."""
    before, rest = text.split(BEGIN)
    return before + BEGIN + table() + END + rest.split(END)[1]


def _keys(section: type[BaselineRecipe]) -> str:
    """An options' names with their defaults and meanings."""
    fields = ((name, field) for name, field in section.model_fields.items() if name != "kind")
    return "; ".join(f"`{name}` ({field.default}): {field.description}" for name, field in fields) or "none"


if __name__ == "__main__":
    REFERENCE.write_text(updated(REFERENCE.read_text(encoding="utf-8")), encoding="utf-8")
