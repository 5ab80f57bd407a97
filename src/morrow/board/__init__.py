"""The board: a static site of each universe's forecasts and their record, which opens from the disk.

It shows what the tables and the reports of past nights have; it reads no store and computes no model.
"""

from morrow.board.facts import Facts
from morrow.board.site import write_universe

__all__ = ["Facts", "write_universe"]
