"""Pictures as files: the same bytes, no raw TeX, and clear refusals."""

import struct
from collections.abc import Callable
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from morrow import charts
from morrow.charts import forecasts, recipes, style
from morrow.errors import ShapeError
from tests.pictures import (
    DAYS,
    HISTORY,
    LEVELS,
    fan_arguments,
    true_arguments,
)


def chunks(png: bytes) -> list[bytes]:
    """Names of a PNG's chunks."""
    names, position = [], 8
    while position < len(png):
        (size,) = struct.unpack(">I", png[position : position + 4])
        names.append(png[position + 4 : position + 8])
        position += size + 12
    return names


PICTURES: dict[str, Callable[[Path], None]] = {
    "fan": lambda path: charts.fan(path, **fan_arguments(realised=np.array([71.0, 69.0, np.nan]))),
    "fan of one step": lambda path: charts.fan(path, **fan_arguments(steps=1)),
    "fan of twenty": lambda path: charts.fan(path, **fan_arguments(steps=20)),
    "fan of constants": lambda path: charts.fan(
        path,
        **fan_arguments(past=np.full(70, 7.46), quantiles=np.full((3, 5), 7.46), realised=np.full(3, 7.46)),
    ),
    "fan of one close": lambda path: charts.fan(
        path, **fan_arguments(past=np.array([70.0]), past_sessions=DAYS[:1])
    ),
    "fan of one pair": lambda path: charts.fan(
        path, **fan_arguments(levels=np.array([0.1, 0.9]), quantiles=np.array([[1.0, 2], [1, 3], [1, 4]]))
    ),
    "true": lambda path: charts.true_against_predicted(path, **true_arguments()),
    "true of one": lambda path: charts.true_against_predicted(path, **true_arguments(count=1)),
    "loss": lambda path: charts.loss_curve(path, HISTORY, "what is shown"),
    "errors by step": lambda path: charts.error_by_step(
        path, {"ewma": LEVELS, "lstm": LEVELS}, {"last price": LEVELS, "lstm": LEVELS}, "USD", "what is shown"
    ),
    "errors of one step": lambda path: charts.error_by_step(
        path, {"ewma": np.ones(1)}, {"last price": np.full(1, np.nan)}, "USD", "what is shown"
    ),
    "loss of one epoch": lambda path: charts.loss_curve(path, HISTORY[:1], "what is shown"),
    "reliability": lambda path: charts.reliability(path, LEVELS, np.tile(LEVELS, (20, 1)), "what is shown"),
    "reliability of one pair": lambda path: charts.reliability(
        path, np.array([0.1, 0.9]), np.array([0.2, 0.7]), "what is shown"
    ),
    "pit": lambda path: charts.pit(path, LEVELS, np.full((20, 6), 1 / 6), "what is shown"),
    "comparison": lambda path: charts.comparison(
        path, ["ewma", "lstm"], [0.02, 0.01], "ewma", "lstm", "what is shown"
    ),
    "gradients": lambda path: charts.gradients(
        path, {"rnn": 0.8 ** np.arange(64), "lstm": 0.97 ** np.arange(64)}, "what is shown"
    ),
    "importance": lambda path: charts.importance(
        path, {"returns": np.array([0.01, 0.02, 0.015]), "volume": np.array([-0.001, 0.0])}, "what is shown"
    ),
    "importance of nothing": lambda path: charts.importance(path, {"own": np.zeros(1)}, "what is shown"),
    "gradients of one": lambda path: charts.gradients(path, {"rnn": np.ones(1)}, "what is shown"),
    "comparison of one": lambda path: charts.comparison(path, ["lstm"], [0.01], None, None, "what is shown"),
}


@pytest.mark.parametrize("name", PICTURES)
def test_same_data_same_bytes(name: str, tmp_path: Path) -> None:
    """A picture is a PNG of 630 × 360 pixels, without texts or dates in it, and the same on every drawing."""
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    PICTURES[name](first)
    PICTURES[name](second)
    content = first.read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">II", content[16:24]) == (630, 360)
    assert set(chunks(content)) == {b"IHDR", b"pHYs", b"IDAT", b"IEND"}
    assert second.read_bytes() == content


@pytest.mark.parametrize("name", PICTURES)
def test_no_text_is_raw_tex(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No label, tick or note shows TeX source: formulas are switched off, so it would be read as it is."""
    figures: list[Figure] = []
    monkeypatch.setattr(charts, "write", lambda _, figure: figures.append(figure))
    PICTURES[name](tmp_path / "a.png")
    (figure,) = figures
    with style.style_context():
        FigureCanvasAgg(figure).draw()
    written = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
    assert [text for text in written if "$" in text or "\\" in text] == []


def test_foreign_settings_change_nothing(tmp_path: Path) -> None:
    """A user's own matplotlib settings change no picture, and drawing leaves them as they were."""
    PICTURES["fan"](tmp_path / "before.png")
    with mpl.rc_context({"axes.facecolor": "black", "font.size": 30}):
        PICTURES["fan"](tmp_path / "after.png")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / "after.png").read_bytes() == (tmp_path / "before.png").read_bytes()


@pytest.mark.filterwarnings("error")
def test_any_name_can_be_drawn(tmp_path: Path) -> None:
    """A symbol with dollar signs or in a script that the font lacks, and an endless title, are drawn."""
    charts.fan(tmp_path / "a.png", **fan_arguments(symbol="$A_1^$", currency="円", title="very long " * 40))
    assert (tmp_path / "a.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("draw", "words"),
    [
        (lambda: forecasts.fan(**fan_arguments(past=np.ones(3))), "'past': 3, 'past_sessions': 70"),
        (lambda: forecasts.fan(**fan_arguments(realised=np.ones(2))), "'realised': 2"),
        (lambda: forecasts.fan(**fan_arguments(levels=LEVELS[1:])), r"need \(3, 4\)"),
        (lambda: forecasts.true_against_predicted(**true_arguments(count=0)), "at least 1"),
        (lambda: recipes.loss_curve([], "t"), "no epoch"),
        (lambda: recipes.gradients({}, "t"), "at least one"),
        (lambda: recipes.importance({}, "t"), "at least one"),
        (lambda: recipes.error_by_step({}, {"a": LEVELS}, "USD", "t"), "at least one line"),
        (lambda: recipes.error_by_step({"a": LEVELS}, {"a": LEVELS[1:]}, "USD", "t"), "as many steps"),
        (
            lambda: recipes.reliability(LEVELS, np.ones((2, 4)), "t"),
            r"shape \(2, 4\); 5 levels need \(H, 5\)",
        ),
        (lambda: recipes.pit(LEVELS, np.ones((2, 5)), "t"), r"shape \(2, 5\); 5 levels need \(H, 6\)"),
        (lambda: recipes.comparison([], [], None, None, "t"), "0 names and 0 losses"),
        (lambda: recipes.comparison(["a"], [1.0, 2.0], None, None, "t"), "1 names and 2 losses"),
    ],
)
def test_what_does_not_fit_is_refused(draw: Callable[[], Figure], words: str) -> None:
    """Arrays that do not fit one another are an error that names what was got."""
    with pytest.raises(ShapeError, match=words):
        draw()
