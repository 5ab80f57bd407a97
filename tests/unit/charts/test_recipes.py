"""Figures of recipes: their lines, bars and words."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.patches import Rectangle

from morrow.charts import recipes
from tests.pictures import HISTORY, LEVELS, labels, line, texts, widths


def test_gradients_have_plain_numbers_on_their_axis() -> None:
    """Decades are written as numbers: 1, 0.01 and so on."""
    figure = recipes.gradients({"rnn": 0.8 ** np.arange(64)}, "what is shown")
    FigureCanvasAgg(figure).draw()
    ticks = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert {"1", "0.01", "0.0001"} <= set(ticks)


def test_loss_curve_marks_the_best_epoch() -> None:
    """Each network has its stop and fit losses as given, and a mark at its lowest stop loss."""
    second = [row | {"network": 1.0, "stop_loss": row["epoch"] / 10} for row in HISTORY]
    (axes,) = recipes.loss_curve(HISTORY + second, "what is shown").axes
    assert line(axes, "network 0: 0.3 at epoch 1").tolist() == [0.40, 0.30, 0.35]
    assert line(axes, "network 1: 0 at epoch 0").tolist() == [0, 0.1, 0.2]
    marks = [np.asarray(one.get_xydata()).tolist() for one in axes.lines if one.get_marker() == "o"]
    assert marks == [[[1, 0.3]], [[0, 0]]]
    assert [0.5, 0.4, 0.3] in [np.asarray(one.get_ydata()).tolist() for one in axes.lines]


def test_loss_curve_draws_the_start() -> None:
    """Where the history knows the stop loss before training, it is a dotted line across."""
    (axes,) = recipes.loss_curve([row | {"start_loss": 0.37} for row in HISTORY], "what is shown").axes
    dotted = [np.asarray(one.get_ydata()).tolist() for one in axes.lines if one.get_linestyle() == ":"]
    assert [0.37, 0.37] in dotted
    assert "dotted: before training" in labels(axes)


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
    assert labels(axes) == ["rnn: reads nothing", "gru: below 1 % after 1"]


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
