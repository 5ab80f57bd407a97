import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from morrow import charts
from morrow.charts import forecasts, recipes, style
from morrow.errors import ShapeError
from morrow.metrics import Array

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
SPREAD = np.array([-20.0, -10.0, 0.0, 10.0, 20.0])
DAYS = pd.date_range("2025-12-01", periods=100, freq="B")
HISTORY = [
    {"network": 0.0, "epoch": 0.0, "fit_loss": 0.5, "stop_loss": 0.40},
    {"network": 0.0, "epoch": 1.0, "fit_loss": 0.4, "stop_loss": 0.30},
    {"network": 0.0, "epoch": 2.0, "fit_loss": 0.3, "stop_loss": 0.35},
]


def fan_arguments(steps: int = 3, **changes: Any) -> dict[str, Any]:
    """A fan over closes 1..70 whose quantiles lie around 70, the further the later."""
    arguments = {
        "symbol": "A",
        "past": np.arange(1.0, 71.0),
        "past_sessions": DAYS[:70],
        "quantiles": 70 + SPREAD * np.arange(1, steps + 1)[:, None],
        "levels": LEVELS,
        "sessions": DAYS[70 : 70 + steps],
        "realised": None,
        "currency": "USD",
        "title": "what is shown",
    }
    return arguments | changes


def true_arguments(count: int = 4, **changes: Any) -> dict[str, Any]:
    """Closes 100, 101, ... where the last price is one short of each and the median half of one."""
    actual = 100.0 + np.arange(count)
    arguments = {
        "symbol": "A",
        "sessions": DAYS[:count],
        "actual": actual,
        "predicted": actual - 0.5,
        "last_price": actual - 1,
        "currency": "USD",
        "title": "what is shown",
    }
    return arguments | changes


def line(axes: Axes, label: str) -> Array:
    """Heights of the line with this label; fails if there is none or more than one."""
    (found,) = [one for one in axes.lines if one.get_label() == label]
    return np.asarray(found.get_ydata(), dtype=np.float64)


def labels(axes: Axes) -> list[str]:
    """Texts of the legend."""
    legend = axes.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def texts(figure: Figure) -> str:
    """All that is written beside the data."""
    found = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return "\n".join(text.get_text() for text in found)


def widths(axes: Axes) -> list[float]:
    """Lengths of the bars, from the top."""
    return [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]


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
    with style.styled():
        FigureCanvasAgg(figure).draw()
    written = [text.get_text() for text in figure.findobj(Text) if isinstance(text, Text)]
    assert [text for text in written if "$" in text or "\\" in text] == []


def test_gradients_have_plain_numbers_on_their_axis() -> None:
    """Decades are written as numbers: 1, 0.01 and so on."""
    figure = recipes.gradients({"rnn": 0.8 ** np.arange(64)}, "what is shown")
    FigureCanvasAgg(figure).draw()
    ticks = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert {"1", "0.01", "0.0001"} <= set(ticks)


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


def test_fan_opens_at_the_last_close() -> None:
    """The fan shows the last 60 closes, and its median and every band start at the last of them."""
    figure = forecasts.fan(**fan_arguments(realised=np.array([71.0, 69.0, np.nan])))
    (axes,) = figure.axes
    assert line(axes, "close").tolist() == list(range(11, 71))
    assert line(axes, "median").tolist() == [70, 70, 70, 70]
    np.testing.assert_equal(line(axes, "realised"), [70, 71, 69, np.nan])
    outer, inner = (np.asarray(band.get_paths()[0].vertices) for band in axes.collections)
    assert outer[:, 1].min() == 10
    assert outer[:, 1].max() == 130
    assert inner[:, 1].min() == 40
    assert inner[:, 1].max() == 100
    assert set(outer[outer[:, 0] == 0, 1]) == {70}
    assert labels(axes) == ["95 %", "80 %", "median", "close", "realised"]


def test_fan_names_its_sessions() -> None:
    """Below the fan stand the cutoff, the target sessions and how many steps ahead they are."""
    (axes,) = forecasts.fan(**fan_arguments(steps=2)).axes
    ticks = [label.get_text() for label in axes.get_xticklabels()]
    # The 70th business day from Monday 2025-12-01 is Friday 2026-03-06; the 60 closes begin with the 11th.
    assert ticks[0] == "15 Dec\n2025"
    assert ticks[-3:] == ["6 Mar\ncutoff", "9 Mar\n+1", "10 Mar\n+2"]
    assert axes.get_ylabel() == "A close [USD]"


def test_fan_without_realised_closes() -> None:
    """A path of which nothing is known is not drawn."""
    (axes,) = forecasts.fan(**fan_arguments(realised=np.full(3, np.nan))).axes
    assert "realised" not in labels(axes)


def test_fan_of_uneven_levels() -> None:
    """Levels that are not symmetric are named by both ends, and no median is drawn where there is none."""
    arguments = fan_arguments(levels=np.array([0.1, 0.2, 0.95]), quantiles=np.tile([60.0, 65, 90], (3, 1)))
    (axes,) = forecasts.fan(**arguments).axes
    assert labels(axes) == ["10–95 %", "close"]


def test_true_against_predicted_shows_both_errors() -> None:
    """Closes, medians and last prices are drawn as given, below them forecast less close, and both means."""
    figure = forecasts.true_against_predicted(**true_arguments())
    prices, errors = figure.axes
    assert line(prices, "close").tolist() == [100, 101, 102, 103]
    assert line(prices, "median, one step ahead").tolist() == [99.5, 100.5, 101.5, 102.5]
    assert line(prices, "last price (no change)").tolist() == [99, 100, 101, 102]
    assert line(errors, "median, one step ahead").tolist() == [-0.5] * 4
    assert line(errors, "last price (no change)").tolist() == [-1] * 4
    assert "(4 sessions): median 0.5 USD, last price 1: 50.00 % better" in texts(figure)


def test_mean_errors_are_of_all_known_sessions() -> None:
    """The picture shows the last 60 sessions, the means count all whose close is known."""
    actual = 100.0 + np.arange(80)
    actual[0] = np.nan
    known = true_arguments(count=80)
    worse = known | {"actual": actual, "predicted": known["actual"] - 2}
    figure = forecasts.true_against_predicted(**worse)
    assert len(line(figure.axes[0], "close")) == 60
    assert "(79 sessions): median 2 USD, last price 1: 100.00 % worse" in texts(figure)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"actual": np.full(4, np.nan)}, "no close is known yet"),
        ({"last_price": 100.0 + np.arange(4)}, "median 0.5 USD, last price 0"),
    ],
)
def test_nothing_to_compare_with(changes: dict[str, Any], words: str) -> None:
    """Unknown closes, or a last price without any error, give no ratio."""
    assert texts(forecasts.true_against_predicted(**true_arguments(**changes))).endswith(words)


def test_loss_curve_marks_the_best_epoch() -> None:
    """Each network has its stop and fit losses as given, and a mark at its lowest stop loss."""
    second = [row | {"network": 1.0, "stop_loss": row["epoch"] / 10} for row in HISTORY]
    (axes,) = recipes.loss_curve(HISTORY + second, "what is shown").axes
    assert line(axes, "network 0: 0.3 at epoch 1").tolist() == [0.40, 0.30, 0.35]
    assert line(axes, "network 1: 0 at epoch 0").tolist() == [0, 0.1, 0.2]
    marks = [np.asarray(one.get_xydata()).tolist() for one in axes.lines if one.get_marker() == "o"]
    assert marks == [[[1, 0.3]], [[0, 0]]]
    assert [0.5, 0.4, 0.3] in [np.asarray(one.get_ydata()).tolist() for one in axes.lines]


def test_loss_curve_draws_the_untrained_start() -> None:
    """Where the history knows the stop loss before training, it is a dotted line across."""
    (axes,) = recipes.loss_curve([row | {"start_loss": 0.37} for row in HISTORY], "what is shown").axes
    dotted = [np.asarray(one.get_ydata()).tolist() for one in axes.lines if one.get_linestyle() == ":"]
    assert [0.37, 0.37] in dotted
    assert "dotted: untrained" in labels(axes)


def test_errors_by_step_stand_beside_those_of_others() -> None:
    """Pinball in basis points at the left, absolute errors in price at the right, each from step 1 on."""
    ours, other = np.array([0.001, 0.002]), np.array([0.0012, np.nan])
    figure = recipes.error_by_step(
        {"ewma": other, "gru": ours}, {"last price": ours, "gru": other}, "USD", "t"
    )
    left, right = figure.axes
    assert line(left, "gru").tolist() == [10, 20]
    assert line(left, "ewma")[0] == pytest.approx(12)
    assert line(right, "last price").tolist() == [0.001, 0.002]
    assert np.asarray(left.lines[0].get_xdata()).tolist() == [1, 2]
    assert "[USD]" in right.get_ylabel() + texts(figure)


def test_a_gradient_of_nothing_is_named() -> None:
    """A network that kept its start reads nothing, which its label says."""
    (axes,) = recipes.gradients({"rnn": np.zeros(4), "gru": 0.001 ** np.arange(4)}, "t").axes
    assert labels(axes) == ["rnn: untrained, reads nothing", "gru: below 1 % after 1"]


def test_importance_has_the_costliest_group_on_top() -> None:
    """A bar's length is the mean rise in percent over the repeats, and each repeat is a dot."""
    (axes,) = recipes.importance({"a": np.array([0.01, 0.03]), "b": np.array([0.05, 0.07])}, "t").axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["b", "a"]
    widths = [bar.get_width() for bar in axes.patches if isinstance(bar, Rectangle)]
    assert widths == pytest.approx([6.0, 2.0])
    assert [text.get_text() for text in axes.texts] == ["+6.00 %", "+2.00 %"]
    assert axes.lines[0].get_xdata() == pytest.approx([5.0, 7.0])


def test_loss_curve_is_not_flattened_by_its_start() -> None:
    """A first epoch far above all others is cut off, and the picture says so; a modest one is not."""
    tail = [
        {"network": 0.0, "epoch": e, "fit_loss": 0.30, "stop_loss": 0.30 - e / 100} for e in (1.0, 2.0, 3.0)
    ]
    first = {"network": 0.0, "epoch": 0.0, "fit_loss": 9.0, "stop_loss": 0.30}
    steep, modest = (
        recipes.loss_curve([first | {"fit_loss": loss}, *tail], "what is shown") for loss in (9.0, 0.31)
    )
    assert 0.30 < steep.axes[0].get_ylim()[1] < 0.35
    assert modest.axes[0].get_ylim()[1] > 0.31
    assert "the first epochs lie above" in texts(steep)
    assert "the first epochs lie above" not in texts(modest)


def test_loss_curve_without_a_stop_loss() -> None:
    """A network whose stop losses are unknown has no best epoch."""
    (axes,) = recipes.loss_curve([row | {"stop_loss": np.nan} for row in HISTORY], "what is shown").axes
    assert labels(axes) == ["network 0", "faint: loss on the fit sessions"]


def test_loss_curve_names_few_of_many_networks() -> None:
    """Of seven networks all are drawn and marked, five are named."""
    many = [row | {"network": float(network)} for network in range(7) for row in HISTORY]
    (axes,) = recipes.loss_curve(many, "what is shown").axes
    assert sum(one.get_marker() == "o" for one in axes.lines) == 7
    assert sum(label.startswith("network") for label in labels(axes)) == 5


def test_reliability_shows_shares_and_differences() -> None:
    """Each step has its shares in percent on the left and their distance from the level on the right."""
    observed = np.stack([LEVELS, LEVELS + 0.01])
    whole, differences = recipes.reliability(LEVELS, observed, "what is shown").axes
    np.testing.assert_allclose(line(whole, "step 2"), [3.5, 11, 51, 91, 98.5])
    np.testing.assert_allclose(line(differences, "step 1"), 0)
    np.testing.assert_allclose(line(differences, "step 2"), 1)
    ticks = [label.get_text() for label in differences.get_xticklabels()]
    assert ticks == ["2.5", "10", "50", "90", "97.5"]


def test_pit_shows_shares_over_what_was_promised() -> None:
    """Each step's shares are drawn over its bins' probabilities, between the levels."""
    promised = np.array([0.025, 0.075, 0.4, 0.4, 0.075, 0.025])
    (axes,) = recipes.pit(LEVELS, np.stack([promised, promised * [2, 1, 1, 1, 1, 0]]), "what is shown").axes
    first, second = (patch.get_data() for patch in axes.patches)
    np.testing.assert_allclose(first.values, 1)
    np.testing.assert_allclose(second.values, [2, 1, 1, 1, 1, 0])
    np.testing.assert_allclose(second.edges, [0, 2.5, 10, 50, 90, 97.5, 100])
    assert labels(axes) == ["step 1", "step 2"]


def test_reliability_draws_every_step() -> None:
    """Of twenty steps all are drawn and five named; shares of all steps together are one line."""
    figure = recipes.reliability(LEVELS, np.tile(LEVELS, (20, 1)), "what is shown")
    assert len(figure.axes[1].lines) == 20 + 1
    assert labels(figure.axes[0]) == ["step 1", "step 6", "step 11", "step 15", "step 20"]
    assert labels(recipes.reliability(LEVELS, LEVELS, "what is shown").axes[0]) == ["all steps"]


def test_comparison_ranks_by_skill() -> None:
    """The best is on top, lengths are skill in percent, and champion and reference are named."""
    figure = recipes.comparison(
        ["ewma", "gru", "lstm"], [0.02, 0.021, 0.019], "ewma", "lstm", "what is shown"
    )
    (axes,) = figure.axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["lstm", "ewma", "gru"]
    assert axes.yaxis_inverted()
    assert widths(axes) == pytest.approx([5, 0, -5])
    champion, *others = (bar.get_facecolor() for bar in axes.patches)
    assert champion not in others
    assert "+5.00 %, champion\n+0.00 %, reference\n−5.00 %" in texts(figure)
    assert "0.019000" in texts(figure)


@pytest.mark.parametrize("reference", [None, "gone"])
def test_comparison_without_reference(reference: str | None) -> None:
    """Without a reference, or with one that has no loss, bars are the loss above the best's."""
    figure = recipes.comparison(["a", "b", "gone"], [0.02, 0.021, None], reference, None, "what is shown")
    (axes,) = figure.axes
    assert widths(axes) == pytest.approx([0, 5, 0])
    assert "above that of the best" in axes.get_xlabel()
    assert "not scored" in texts(figure)


def test_comparison_cuts_a_bar_that_would_hide_the_others() -> None:
    """A loss of ten times the reference's is named in full and drawn as a bar of a tenth."""
    figure = recipes.comparison(["ewma", "lstm", "bad"], [0.02, 0.0199, 0.2], "ewma", "lstm", "what is shown")
    assert widths(figure.axes[0])[2] == -10
    assert "−900.00 %, bar cut" in texts(figure)


def test_years_are_named_when_they_change() -> None:
    """The year stands below the first session and the first one of each later year."""
    sessions = pd.DatetimeIndex(["2025-12-30", "2025-12-31", "2026-01-02", "2026-02-03"])
    assert style.dates_and_years(sessions) == ["30 Dec\n2025", "31 Dec", "2 Jan\n2026", "3 Feb"]
    assert style.dates(sessions.to_numpy("datetime64[D]"))[-1] == "3 Feb"


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
