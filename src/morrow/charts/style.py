"""The style of all charts: settings, page, plot area, ticks on sessions, and the PNG file."""

import textwrap
import warnings
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from morrow.errors import ShapeError
from morrow.metrics import Array

Box = tuple[float, float, float, float]
Sessions = NDArray[np.datetime64] | pd.DatetimeIndex

INK, QUIET, FAINT, ACCENT, WARM = "#2B2F33", "#8A9096", "#DFE2E5", "#0072B2", "#D55E00"
PALETTE = (ACCENT, "#E69F00", "#009E73", "#CC79A7", "#56B4E9", WARM)  # Okabe & Ito
STYLE = {
    "axes.axisbelow": True, "axes.edgecolor": QUIET, "axes.formatter.limits": (-5, 9),
    "axes.formatter.useoffset": False, "axes.grid": True, "axes.grid.axis": "y", "axes.labelcolor": INK,
    "axes.labelsize": 8.5, "axes.linewidth": 0.6, "axes.spines.right": False, "axes.spines.top": False,
    "figure.dpi": 90, "figure.figsize": (7, 4), "font.size": 8.5, "grid.color": FAINT,
    "grid.linewidth": 0.5, "legend.borderaxespad": 0, "legend.borderpad": 0, "legend.columnspacing": 1.2,
    "legend.fontsize": 8, "legend.frameon": False, "legend.handlelength": 1.4, "legend.handletextpad": 0.5,
    "lines.linewidth": 1.3, "lines.solid_capstyle": "round", "text.color": INK, "text.parse_math": False,
    "xtick.color": QUIET, "xtick.labelcolor": INK, "xtick.labelsize": 8, "xtick.major.size": 2.5,
    "xtick.major.width": 0.6, "ytick.color": QUIET, "ytick.labelcolor": INK, "ytick.labelsize": 8,
    "ytick.left": False,
}  # fmt: skip
# Based on matplotlib's own defaults, so that no matplotlibrc changes a picture.
SETTINGS: dict[Any, Any] = {
    key: value for key, value in mpl.rcParamsDefault.items() if not key.startswith("backend")
} | STYLE
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def style_context() -> AbstractContextManager[None]:
    """Context in which the style holds; figures are built and written inside it."""
    return mpl.rc_context(SETTINGS)


def page(title: str) -> Figure:
    """An empty page of 7 × 4 inches with its title, in at most two lines."""
    figure = Figure()
    lines = textwrap.wrap(title, 88, max_lines=2, placeholder=" …") or [""]
    figure.text(0.02, 0.975, "\n".join(lines), fontsize=10.5, va="top", linespacing=1.25)
    return figure


def plot_area(figure: Figure, box: Box, across: str, up: str) -> Axes:
    """Axes at (left, bottom, width, height), fractions of the page, with their labels.

    Labels have fixed positions, which saves matplotlib measuring every tick label twice.
    """
    axes = figure.add_axes(box)
    _, _, width, height = box
    axes.set_xlabel(across)
    axes.set_ylabel(up)
    axes.xaxis.set_label_coords(0.5, -0.085 / height)
    axes.yaxis.set_label_coords(-0.065 / width, 0.5)
    return axes


def legend(axes: Axes, columns: int = 8) -> None:
    """Draw the legend in rows above the plot, where it covers no data."""
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.03), ncols=columns)


def dates(sessions: Sessions) -> list[str]:
    """Sessions as "4 Mar"."""
    return [f"{day.day} {MONTHS[day.month - 1]}" for day in pd.DatetimeIndex(sessions)]


def dates_and_years(sessions: Sessions) -> list[str]:
    """Sessions as "4 Mar", with the year on a second line for the first and whenever it changes."""
    years = pd.DatetimeIndex(sessions).year
    changes = np.append(True, years[1:] != years[:-1])
    return [
        f"{day}\n{year}" if changed else day
        for day, year, changed in zip(dates(sessions), years, changes, strict=False)
    ]


def spread(count: int, most: int) -> NDArray[np.int64]:
    """At most ``most`` positions among ``count``, evenly spaced, the first and the last included."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.int64))


def require_one_length(what: str, **columns: Array | Sessions) -> None:
    """Raise unless all columns have the same length, at least 1.

    Raises:
        ShapeError: they differ.
    """
    lengths = {name: len(column) for name, column in columns.items()}
    if len(set(lengths.values())) != 1 or 0 in lengths.values():
        raise ShapeError(f"{what}: got lengths {lengths}; all must be the same, and at least 1")


def write(path: Path, figure: Figure) -> None:
    """Write or replace the figure as PNG, without any time stamp in it."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing")  # of a script that the font does not have
        FigureCanvasAgg(figure)
        figure.savefig(path, format="png", metadata={"Software": None}, pil_kwargs={"compress_level": 3})
