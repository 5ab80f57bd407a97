"""Charts of the board, as Plotly figures in plain dictionaries.

A colour is named by its role, as ``@accent``; the page's script puts in the colour of the reader's scheme.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

Trace = dict[str, Any]
INK, QUIET, FAINT = "@ink", "@quiet", "@faint"
ACCENT, WARM, GREEN, ORANGE, PURPLE, SKY = "@accent", "@warm", "@green", "@orange", "@purple", "@sky"
WIDE, NARROW = "@wide", "@narrow"  # the outer and the inner band of a fan
LINES = (ACCENT, WARM, GREEN, PURPLE, ORANGE, SKY)  # Okabe & Ito: told apart by the colour-blind
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")


@dataclass(frozen=True)
class Chart:
    """A chart with everything that a reader needs beside it.

    Attributes:
        identity: of its element; unique on its page.
        title: says what is shown.
        about: the unit, the window and the source, in a sentence.
        alternative: what can be seen in it, in words.
        traces: Plotly's.
        across, up: titles of the axes, with their units.
        download: address of the file with its data, relative to the page.
        height: in pixels.
        layout: further keys of Plotly's layout.
    """

    identity: str
    title: str
    about: str
    alternative: str
    traces: Sequence[Trace]
    across: str
    up: str
    download: str
    height: int = 320
    layout: Mapping[str, Any] = field(default_factory=dict)

    @property
    def figure(self) -> dict[str, Any]:
        """The figure as Plotly takes it, without colours and fonts, which are the page's."""
        layout = {
            "height": self.height,
            "xaxis": {"title": {"text": self.across}, "automargin": True},
            "yaxis": {"title": {"text": self.up}, "automargin": True},
        }
        for name, value in self.layout.items():
            layout[name] = {**layout[name], **value} if name in ("xaxis", "yaxis") else value  # type: ignore[dict-item]
        return {"data": list(self.traces), "layout": layout}


def line(name: str, x: Sequence[object], y: Sequence[object], index: int = 0, **more: Any) -> Trace:
    """A line with markers; its colour, dashes and markers all tell it from the others.

    Args:
        name: in the legend.
        x: as Plotly takes it.
        y: the same; None is a gap.
        index: of the line among those of the chart.
        more: further keys of the trace.
    """
    colour = LINES[index % len(LINES)]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": name,
        "x": list(x),
        "y": list(y),
        "line": {"color": colour, "width": 2, "dash": DASHES[index % len(DASHES)]},
        "marker": {"color": colour, "size": 6, "symbol": SYMBOLS[index % len(SYMBOLS)]},
        **more,
    }


def level_line(value: float, text: str, *, across: bool = True) -> dict[str, Any]:
    """A horizontal (``across``) or vertical line through the whole plot, with a text at its end."""
    ends = {"x0": 0, "x1": 1, "xref": "paper", "y0": value, "y1": value}
    if not across:
        ends = {"y0": 0, "y1": 1, "yref": "paper", "x0": value, "x1": value}
    label = {"text": text, "textposition": "end", "font": {"size": 11, "color": QUIET}}
    return {"type": "line", **ends, "line": {"color": QUIET, "width": 1, "dash": "dot"}, "label": label}


def write_csv(frame: pd.DataFrame) -> str:
    """A frame as CSV: dates in ISO form, numbers with up to eight digits."""
    return str(frame.to_csv(index=False, float_format="%.8g", date_format="%Y-%m-%d", lineterminator="\n"))


def shorten(name: str, longest: int = 14) -> str:
    """A symbol as the tick of an axis: short, and escaped, because Plotly reads markup there.

    >>> shorten("<b>AAPL"), shorten("A" * 20)
    ('&lt;b&gt;AAPL', 'AAAAAAAAAAAAA…')
    """
    short = name if len(name) <= longest else f"{name[: longest - 1]}…"
    return short.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
