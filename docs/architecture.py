"""Draw the rooms of ``src/morrow`` and what imports what, from the code itself.

``python docs/architecture.py`` writes ``docs/images/architecture.svg``. Floors are those of the contract
"floors" in ``pyproject.toml``; imports are read from the source text, and nothing is imported.
"""

import ast
import tomllib
from collections.abc import Iterator
from html import escape
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1]
PICTURE = Path("docs", "images", "architecture.svg")

WIDTH, MARGIN = 760, 20
FLOOR, BOX = 46, 30  # heights of a floor and of a room on it
CELL, LABEL = 20, 115  # size of a cell of the matrix, and room for the names beside it
LETTER = 7.3  # width of a letter at 12 px, a little more than most have
INK, QUIET, BAND, ROOM, DOT = "#2B2F33", "#6A7076", "#EEF1F4", "#FFFFFF", "#0072B2"


def read_floors(project: Path) -> list[list[str]]:
    """Rooms of each floor, the top floor first, in the order of the contract; only rooms that exist."""
    document = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = document["tool"]["importlinter"]["contracts"]
    (layers,) = (contract["layers"] for contract in contracts if contract["id"] == "floors")
    existing = set(_files_by_room(project))
    floors = [[name.strip().strip("()") for name in layer.split("|")] for layer in layers]
    return [[name for name in floor if name in existing] for floor in floors]


def read_imports(project: Path) -> set[tuple[str, str]]:
    """Every pair (importing room, imported room), also where a function imports when it is called."""
    rooms = _files_by_room(project)
    return {
        (room, imported)
        for room, files in rooms.items()
        for file in files
        for imported in _imported_rooms(file)
        if imported in rooms and imported != room
    }


def draw(floors: list[list[str]], imports: set[tuple[str, str]]) -> str:
    """The picture as SVG: floors with their rooms, and a matrix with a dot for each import."""
    rooms = [room for floor in floors for room in floor]
    top = MARGIN + len(floors) * FLOOR  # of the matrix and its column names
    height = top + LABEL + len(rooms) * CELL + MARGIN
    font = f'font-family="Helvetica, Arial, sans-serif" font-size="12" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" {font}>',
        "<title>The rooms of morrow, floor by floor, and what imports what</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#FFFFFF"/>',
        *_draw_floors(floors),
        *_draw_matrix(floors, imports, top),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _files_by_room(project: Path) -> dict[str, list[Path]]:
    """Source files of every room; a room is a module or a package directly in ``src/morrow``."""
    source = project / "src" / "morrow"
    rooms: dict[str, list[Path]] = {}
    for file in sorted(source.rglob("*.py")):
        room = file.relative_to(source).parts[0].removesuffix(".py")
        if room != "__init__":
            rooms.setdefault(room, []).append(file)
    return rooms


def _imported_rooms(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        yield from (name.split(".")[1] for name in names if name.startswith("morrow."))


def _draw_floors(floors: list[list[str]]) -> Iterator[str]:
    """One band per floor, its rooms as boxes in the middle."""
    for number, floor in enumerate(floors):
        top = MARGIN + number * FLOOR
        yield _rectangle(MARGIN, top, WIDTH - 2 * MARGIN, FLOOR - 6, BAND)
        widths = [len(room) * LETTER + 20 for room in floor]
        left = (WIDTH - sum(widths) - 10 * (len(floor) - 1)) / 2
        for room, width in zip(floor, widths, strict=True):
            yield _rectangle(left, top + (FLOOR - 6 - BOX) / 2, width, BOX, ROOM, QUIET)
            yield _text(room, left + width / 2, top + FLOOR / 2 + 1, "middle")
            left += width + 10


def _draw_matrix(floors: list[list[str]], imports: set[tuple[str, str]], top: float) -> Iterator[str]:
    """One row per importing room and one column per imported room; thin lines separate the floors."""
    rooms = [room for floor in floors for room in floor]
    left = (WIDTH - LABEL - len(rooms) * CELL) / 2 + LABEL
    yield _text("row imports column", left - 10, top + LABEL - 10, "end", QUIET)
    top += LABEL
    size = len(rooms) * CELL
    for position, room in enumerate(rooms):
        start = position * CELL
        if position % 2 == 0:
            yield _rectangle(left, top + start, size, CELL, BAND)
        yield _text(room, left - 10, top + start + CELL / 2 + 4, "end")
        x, y = left + start + CELL / 2 + 4, top - 8
        yield _text(room, x, y, "start", extra=f' transform="rotate(-90 {x:g} {y:g})"')
        for column, imported in enumerate(rooms):
            center = f'cx="{left + column * CELL + CELL / 2:g}" cy="{top + start + CELL / 2:g}"'
            if (room, imported) in imports:
                yield f'<circle {center} r="5" fill="{DOT}"/>'
            elif room == imported:
                yield f'<circle {center} r="1.5" fill="{QUIET}"/>'
    edge = 0
    for floor in floors:
        for x, y, width, height in ((edge, 0, 0, size), (0, edge, size, 0)):
            yield (
                f'<line x1="{left + x:g}" y1="{top + y:g}" x2="{left + x + width:g}" '
                f'y2="{top + y + height:g}" stroke="{QUIET}" stroke-width="0.5"/>'
            )
        edge += len(floor) * CELL


def _rectangle(x: float, y: float, width: float, height: float, fill: str, stroke: str = "none") -> str:
    return (
        f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" rx="3" fill="{fill}" '
        f'stroke="{stroke}"/>'
    )


def _text(words: str, x: float, y: float, anchor: str, color: str = INK, extra: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" fill="{color}"{extra}>{escape(words)}</text>'


if __name__ == "__main__":
    (PROJECT / PICTURE).write_text(draw(read_floors(PROJECT), read_imports(PROJECT)), encoding="utf-8")
