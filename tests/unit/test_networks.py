"""The cells against their equations written out; the head and the answers against their definitions."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from morrow import networks
from morrow.config import NetworkRecipe
from morrow.networks import QuantileNetwork

Array = NDArray[np.float64]
Weights = dict[str, Array]

INPUTS, WIDTH, HORIZON, LEVELS = 3, 4, 2, 5
START = np.array([[-2.0, -0.5, 0.1, 0.4, 3.0], [-3.0, -1.0, 0.0, 0.5, 0.6]], dtype=np.float32)
CELLS = [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]


def network(
    kind: str = "gru", nonlinearity: str = "tanh", layers: int = 1, center: int = 2
) -> QuantileNetwork:
    """A small network with random weights everywhere, ready to answer."""
    torch.manual_seed(11)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity}
    recipe = NetworkRecipe(layers=layers, width=WIDTH, dropout=0.3, **options)
    built = networks.build(recipe, INPUTS, START, center)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return built.eval()


def sigmoid(values: Array) -> Array:
    """The logistic function."""
    return np.asarray(1 / (1 + np.exp(-values)))


def rnn_step(x: Array, h: Array, c: Array, w: Weights, activation: Any) -> tuple[Array, Array]:
    """Elman: h' = f(W_ih x + b_ih + W_hh h + b_hh)."""
    return activation(w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]), c


def lstm_step(x: Array, h: Array, c: Array, w: Weights, _: Any) -> tuple[Array, Array]:
    """Hochreiter and Schmidhuber: c' = f ∘ c + i ∘ g and h' = o ∘ tanh c', gates i, f, g, o."""
    gates = w["weight_ih"] @ x + w["bias_ih"] + w["weight_hh"] @ h + w["bias_hh"]
    i, f, g, o = np.split(gates, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x: Array, h: Array, c: Array, w: Weights, _: Any) -> tuple[Array, Array]:
    """Cho: h' = (1 − z) ∘ n + z ∘ h with n = tanh(W_in x + b_in + r ∘ (W_hn h + b_hn)), gates r, z, n."""
    x_r, x_z, x_n = np.split(w["weight_ih"] @ x + w["bias_ih"], 3)
    h_r, h_z, h_n = np.split(w["weight_hh"] @ h + w["bias_hh"], 3)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    n = np.tanh(x_n + r * h_n)
    return (1 - z) * n + z * h, c


STEPS: dict[str, Any] = {"rnn": rnn_step, "lstm": lstm_step, "gru": gru_step}


def hidden(net: QuantileNetwork, kind: str, nonlinearity: str, layers: int, features: Array) -> Array:
    """Hidden states (L, W) of one sequence (L, F), step by step from the weights."""
    state = networks.weights(net)
    activation = np.tanh if nonlinearity == "tanh" else lambda values: np.maximum(values, 0)
    sequence = features
    for layer in range(layers):
        names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
        w = {name: state[f"cell.{name}_l{layer}"].astype(np.float64) for name in names}
        h, c, out = np.zeros(WIDTH), np.zeros(WIDTH), []
        for x in sequence:
            h, c = STEPS[kind](x, h, c, w, activation)
            out.append(h)
        sequence = np.stack(out)
    return sequence


def head(net: QuantileNetwork, states: Array) -> Array:
    """Quantiles (L, H, Q): location and widths around the median, from the definition."""
    state = {name: value.astype(np.float64) for name, value in networks.weights(net).items()}
    raw = states @ state["head.weight"].T + state["head.bias"]
    result = np.empty((len(states), HORIZON, LEVELS))
    for row, outputs in enumerate(raw.reshape(len(states), HORIZON, LEVELS + 1)):
        for step, (spread, shift, *moves) in enumerate(outputs):
            scale = np.exp(1.5 * np.tanh(spread / 1.5))
            widths = np.log1p(np.exp(np.array(moves) + state["width"][step])) * scale
            result[row, step, net.center] = state["location"][step] + shift
            for column in range(net.center + 1, LEVELS):
                result[row, step, column] = result[row, step, column - 1] + widths[column - 1]
            for column in range(net.center - 1, -1, -1):
                result[row, step, column] = result[row, step, column + 1] - widths[column]
    return result


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_cells_follow_their_equations(kind: str, nonlinearity: str, layers: int) -> None:
    """The hidden states of each cell are those of its equations, written out step by step."""
    net = network(kind, nonlinearity, layers)
    features = np.random.default_rng(0).standard_normal((12, INPUTS))
    with torch.inference_mode():
        ours, _ = net.cell(torch.from_numpy(features.astype(np.float32))[None])
    expected = hidden(net, kind, nonlinearity, layers, features)
    assert ours[0].numpy() == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("center", [0, 2, 4])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_forward_pass_follows_the_definition(kind: str, nonlinearity: str, center: int) -> None:
    """Features to quantiles in order, at every session: the cell's equations, then the head's."""
    net = network(kind, nonlinearity, center=center)
    features = np.random.default_rng(1).standard_normal((9, INPUTS))
    with torch.inference_mode():
        ours = net(torch.from_numpy(features.astype(np.float32))[None])[0].numpy()
    expected = head(net, hidden(net, kind, nonlinearity, 1, features))
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert (np.diff(ours, axis=-1) >= 0).all()


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_skipped_sessions_are_read_and_not_answered(kind: str, nonlinearity: str) -> None:
    """Skipping the first sessions leaves the answers of the others what they were."""
    net = network(kind, nonlinearity, layers=2)
    features = torch.randn(3, 10, INPUTS)
    with torch.inference_mode():
        whole, rest = net(features), net(features, skip=4)
    assert rest.shape == (3, 6, HORIZON, LEVELS)
    assert rest.numpy() == pytest.approx(whole[:, 4:].numpy(), rel=1e-4, abs=1e-5)


def test_skipped_sessions_have_no_gradient() -> None:
    """What is skipped is only read: no gradient flows into it, and one flows into all the rest."""
    features = torch.randn(2, 10, INPUTS, requires_grad=True)
    network("lstm")(features, skip=4).sum().backward()
    assert features.grad is not None
    assert not features.grad[:, :4].any()
    assert (features.grad[:, 4:].abs().sum(dim=2) > 0).all()


def test_a_head_of_zeros_answers_the_start() -> None:
    """Where the head says nothing, the network answers the quantiles that it was given to start from."""
    net = network()
    torch.nn.init.zeros_(net.head.weight)
    torch.nn.init.zeros_(net.head.bias)
    with torch.inference_mode():
        answer = net(torch.randn(2, 6, INPUTS)).numpy()
    assert answer == pytest.approx(np.broadcast_to(START, (2, 6, HORIZON, LEVELS)), abs=1e-5)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_fresh_networks_answer_near_the_start(kind: str, nonlinearity: str) -> None:
    """A freshly drawn network begins close to the start and the forget gate of an LSTM begins open."""
    torch.manual_seed(1)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity}
    net = networks.build(NetworkRecipe(width=WIDTH, **options), INPUTS, START, 2).eval()
    with torch.inference_mode():
        answer = net(torch.randn(1, 5, INPUTS)).numpy()
    assert np.abs(answer - START).max() < 0.5
    if kind == "lstm":
        assert (
            networks.weights(net)["cell.bias_ih_l0"].tolist()
            == [0.0] * WIDTH + [1.0] * WIDTH + [0.0] * 2 * WIDTH
        )


def test_recurrent_blocks_start_orthogonal() -> None:
    """Each gate's recurrent weights begin as an orthogonal matrix."""
    torch.manual_seed(2)
    net = networks.build(NetworkRecipe(kind="gru", width=WIDTH), INPUTS, START, 2)
    for block in networks.weights(net)["cell.weight_hh_l0"].reshape(3, WIDTH, WIDTH):
        assert block @ block.T == pytest.approx(np.eye(WIDTH), abs=1e-5)


def test_pinball_agrees_with_numpy() -> None:
    """The loss that is trained on is the loss that is judged on, averaged over levels."""
    from morrow import metrics

    draw = np.random.default_rng(4)
    quantiles, actual = (
        np.sort(draw.standard_normal((7, HORIZON, LEVELS))),
        draw.standard_normal((7, HORIZON)),
    )
    levels = np.array([0.1, 0.3, 0.5, 0.7, 0.9])
    ours = networks.pinball(torch.from_numpy(quantiles), torch.from_numpy(actual), torch.from_numpy(levels))
    assert ours.numpy() == pytest.approx(metrics.pinball(quantiles, actual, levels).mean(-1))


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_restored_weights_answer_the_same_bits(kind: str, nonlinearity: str) -> None:
    """A network rebuilt from its arrays answers bit for bit as the one they were taken from."""
    net = network(kind, nonlinearity, layers=2)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity}
    recipe = NetworkRecipe(layers=2, width=WIDTH, **options)
    again = networks.restore(recipe, INPUTS, (HORIZON, LEVELS), 2, networks.weights(net))
    features = torch.randn(3, 8, INPUTS)
    with torch.inference_mode():
        assert torch.equal(net(features), again(features))


def test_chunk_rows_repeat_the_last_bar() -> None:
    """A chunk is the rows of its series from where it starts; past the end it repeats the last one."""
    rows = networks.chunk_rows(np.array([100, 200]), np.array([0, 3]), np.array([9, 5]), 4)
    assert rows.tolist() == [[100, 101, 102, 103], [203, 204, 204, 204]]


WINDOW, STRIDE = 5, 4
FIRST = (0, 40)  # two series of 40 and 30 bars
FEATURES = np.random.default_rng(5).standard_normal((70, INPUTS)).astype(np.float32)
POSITION = np.concatenate([np.arange(40), np.arange(30)])
ROWS = np.flatnonzero(POSITION >= WINDOW)


def answers(net: QuantileNetwork, features: NDArray[np.float32], rows: NDArray[np.int64]) -> Array:
    """Quantiles at the rows."""
    found = networks.answer(net, features, rows, POSITION[rows], WINDOW, STRIDE)
    return found.astype(np.float64)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_answers_are_the_forward_pass_over_the_rows_chunk(kind: str, nonlinearity: str) -> None:
    """Chunks start every STRIDE bars of a series; each row is read in one of them."""
    net = network(kind, nonlinearity)
    found = answers(net, FEATURES, ROWS)
    for row, quantiles in zip(ROWS, found, strict=True):
        origin = FIRST[1] if row >= FIRST[1] else FIRST[0]
        starts = [s for s in range(0, 40, STRIDE) if s + WINDOW <= row - origin < s + WINDOW + STRIDE]
        assert len(starts) == 1
        sequence = torch.from_numpy(FEATURES[origin + starts[0] : row + 1])[None]
        with torch.inference_mode():
            expected = net(sequence)[0, -1].numpy()
        assert quantiles == pytest.approx(expected, rel=1e-4, abs=1e-5)


def test_answers_do_not_see_later_bars() -> None:
    """Later bars may change, or be missing, and a row's answer stays what it was."""
    net, rows = network("lstm"), ROWS[ROWS < 25]
    before = answers(net, FEATURES, rows)
    changed = FEATURES.copy()
    changed[25:] = 1e3
    assert np.array_equal(answers(net, changed, rows), before)
    assert answers(net, FEATURES[:25], rows) == pytest.approx(before, abs=1e-6)


def test_answers_follow_the_order_asked() -> None:
    """Rows may be asked in any order, alone or together."""
    net = network()
    shuffled = np.random.default_rng(6).permutation(ROWS)
    together = dict(zip(ROWS.tolist(), answers(net, FEATURES, ROWS), strict=True))
    for row, quantiles in zip(shuffled, answers(net, FEATURES, shuffled), strict=True):
        assert quantiles == pytest.approx(together[int(row)], abs=1e-6)
    alone = answers(net, FEATURES, ROWS[-1:])
    assert alone[0] == pytest.approx(together[int(ROWS[-1])], abs=1e-6)


def test_nothing_asked_nothing_answered() -> None:
    """No row gives no answer, in the right shape."""
    assert answers(network(), FEATURES, ROWS[:0]).shape == (0, HORIZON, LEVELS)


def test_many_chunks_are_answered_in_batches() -> None:
    """More chunks than fit a batch are answered like few."""
    net = network()
    features = np.random.default_rng(7).standard_normal((1500, INPUTS)).astype(np.float32)
    position = np.arange(1500)
    rows = position[WINDOW:]
    found = networks.answer(net, features, rows, position[rows], WINDOW, STRIDE)
    last = networks.answer(net, features, rows[-3:], position[rows[-3:]], WINDOW, STRIDE)
    assert found[-3:] == pytest.approx(last, abs=1e-6)
    assert np.isfinite(found).all()
