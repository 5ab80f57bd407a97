"""``morrow board``: write the pages of every universe from the tables alone; no step of a night is run."""

from collections.abc import Sequence
from typing import Any

from morrow.cli.each_universe import Document, print_outcome, run_each
from morrow.cli.options import DEFAULTS, Options
from morrow.steps import Night
from morrow.steps.deliver.board import write_board

MEGABYTE = 1_000_000


def board(*, options: Options = DEFAULTS) -> int:
    """Write the pages of each universe, as of the end of --as-of."""
    outcome = run_each(options, _write)
    return print_outcome(options, outcome, _format_boards)


def _write(night: Night) -> dict[str, Any]:
    return {"universe": night.universe, **vars(write_board(night))}


def _format_boards(documents: Sequence[Document]) -> str:
    return "\n".join(
        f"{one['universe']}  {one['pages']} {'page' if one['pages'] == 1 else 'pages'}, "
        f"{one['size'] / MEGABYTE:.1f} MB in {one['seconds']:.1f} s: open {one['path']}"
        for one in documents
    )
