"""The cells against their equations written out; the head and the answers against their definitions."""

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from morrow import networks
from morrow.config import NetworkRecipe
from morrow.heads import Start
from morrow.networks import Network, cells

Array = NDArray[np.float64]
Weights = dict[str, Array]

INPUTS, WIDTH, HORIZON, LEVELS = 3, 4, 2, 5
WINDOW, STRIDE = 5, 4
FIRST_QUANTILES = np.array([[-2.0, -0.5, 0.1, 0.4, 3.0], [-3.0, -1.0, 0.0, 0.5, 0.6]], dtype=np.float32)
START = Start(FIRST_QUANTILES, np.full((HORIZON, 3), 1 / 3, dtype=np.float32))
GRIDS = {0: (0.5, 0.6, 0.7, 0.8, 0.9), 2: (0.1, 0.3, 0.5, 0.7, 0.9), 4: (0.1, 0.2, 0.3, 0.4, 0.5)}
CELLS = [("rnn", "tanh"), ("rnn", "relu"), ("lstm", "tanh"), ("gru", "tanh")]


def network(
    kind: str = "gru", nonlinearity: str = "tanh", layers: int = 1, center: int = 2, **others: Any
) -> Network:
    """A small network with random weights everywhere, ready to answer."""
    torch.manual_seed(11)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity, "stride": STRIDE} | others
    recipe = NetworkRecipe(layers=layers, width=WIDTH, dropout=0.3, **options)
    built = networks.build(recipe, INPUTS, START, GRIDS[center], known=2)
    for parameter in built.parameters():
        torch.nn.init.normal_(parameter, std=0.7)
    return built.eval()


def quantiles(net: Network, features: torch.Tensor, skip: int = 0) -> NDArray[np.float32]:
    """Quantiles of (L, B, F) features: (L − skip, B, H, Q)."""
    with torch.inference_mode():
        found: NDArray[np.float32] = net.head.quantiles(net(features, skip)).numpy()
    return found


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


def hidden(net: Network, kind: str, nonlinearity: str, layers: int, features: Array) -> Array:
    """Hidden states (L, W) of one sequence (L, F), step by step from the weights."""
    state = networks.weights(net)
    activation = np.tanh if nonlinearity == "tanh" else lambda values: np.maximum(values, 0)
    sequence = features
    for layer in range(layers):
        sequence = one_way(state, f"_l{layer}", kind, activation, sequence)
    return sequence


def one_way(state: Weights, suffix: str, kind: str, activation: Any, sequence: Array) -> Array:
    """Hidden states (L, W) of one layer in one direction."""
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    w = {name: state[f"cell.{name}{suffix}"].astype(np.float64) for name in names}
    h, c, out = np.zeros(WIDTH), np.zeros(WIDTH), []
    for x in sequence:
        h, c = STEPS[kind](x, h, c, w, activation)
        out.append(h)
    return np.stack(out)


def head(net: Network, states: Array) -> Array:
    """Quantiles (L, H, Q): location and widths around the median, from the definition."""
    state = {name: value.astype(np.float64) for name, value in networks.weights(net).items()}
    raw = states @ state["head.weight"].T + state["head.bias"]
    result = np.empty((len(states), HORIZON, LEVELS))
    for row, outputs in enumerate(raw.reshape(len(states), HORIZON, LEVELS + 1)):
        for step, (spread, shift, *moves) in enumerate(outputs):
            scale = np.exp(1.5 * np.tanh(spread / 1.5))
            widths = np.log1p(np.exp(np.array(moves) + state["head.width"][step])) * scale
            result[row, step, net.head.center] = state["head.location"][step] + shift
            for column in range(net.head.center + 1, LEVELS):
                result[row, step, column] = result[row, step, column - 1] + widths[column - 1]
            for column in range(net.head.center - 1, -1, -1):
                result[row, step, column] = result[row, step, column + 1] - widths[column]
    return result


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_cells_follow_their_equations(kind: str, nonlinearity: str, layers: int) -> None:
    """The hidden states of each cell are those of its equations, written out step by step."""
    net = network(kind, nonlinearity, layers)
    features = np.random.default_rng(0).standard_normal((12, INPUTS))
    with torch.inference_mode():
        ours = net.compute_states(torch.from_numpy(features.astype(np.float32))[:, None])
    expected = hidden(net, kind, nonlinearity, layers, features)
    assert ours[:, 0].numpy() == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("center", [0, 2, 4])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_forward_pass_follows_the_definition(kind: str, nonlinearity: str, center: int) -> None:
    """Features to quantiles in order, at every session: the cell's equations, then the head's."""
    net = network(kind, nonlinearity, center=center)
    features = np.random.default_rng(1).standard_normal((9, INPUTS))
    ours = quantiles(net, torch.from_numpy(features.astype(np.float32))[:, None])[:, 0]
    expected = head(net, hidden(net, kind, nonlinearity, 1, features))
    assert ours == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert (np.diff(ours, axis=-1) >= 0).all()


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_skipped_sessions_are_read_and_not_answered(kind: str, nonlinearity: str) -> None:
    """Skipping the first sessions leaves the answers of the others what they were."""
    net = network(kind, nonlinearity, layers=2)
    features = torch.randn(10, 3, INPUTS)
    whole, rest = quantiles(net, features), quantiles(net, features, skip=4)
    assert rest.shape == (6, 3, HORIZON, LEVELS)
    assert rest == pytest.approx(whole[4:], rel=1e-4, abs=1e-5)


def test_skipped_sessions_have_no_gradient() -> None:
    """What is skipped is only read: no gradient flows into it, and one flows into all the rest."""
    features = torch.randn(10, 2, INPUTS, requires_grad=True)
    network("lstm")(features, skip=4).sum().backward()
    assert features.grad is not None
    assert not features.grad[:4].any()
    assert (features.grad[4:].abs().sum(dim=2) > 0).all()


def test_a_head_of_zeros_answers_the_start() -> None:
    """Where the head says nothing, the network answers the quantiles that it was given to start from."""
    net = network()
    torch.nn.init.zeros_(net.head.weight)
    torch.nn.init.zeros_(net.head.bias)
    answer = quantiles(net, torch.randn(6, 2, INPUTS))
    assert answer == pytest.approx(np.broadcast_to(FIRST_QUANTILES, (6, 2, HORIZON, LEVELS)), abs=1e-5)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_fresh_networks_answer_near_the_start(kind: str, nonlinearity: str) -> None:
    """A freshly drawn network begins close to the start and the forget gate of an LSTM begins open."""
    torch.manual_seed(1)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity}
    net = networks.build(NetworkRecipe(width=WIDTH, **options), INPUTS, START, GRIDS[2]).eval()
    answer = quantiles(net, torch.randn(5, 1, INPUTS))
    assert np.abs(answer - FIRST_QUANTILES).max() < 0.5
    if kind == "lstm":
        assert (
            networks.weights(net)["cell.bias_ih_l0"].tolist()
            == [0.0] * WIDTH + [1.0] * WIDTH + [0.0] * 2 * WIDTH
        )


def test_recurrent_blocks_start_orthogonal() -> None:
    """Each gate's recurrent weights begin as an orthogonal matrix."""
    torch.manual_seed(2)
    net = networks.build(NetworkRecipe(kind="gru", width=WIDTH), INPUTS, START, GRIDS[2])
    for block in networks.weights(net)["cell.weight_hh_l0"].reshape(3, WIDTH, WIDTH):
        assert block @ block.T == pytest.approx(np.eye(WIDTH), abs=1e-5)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_restored_weights_answer_the_same_bits(kind: str, nonlinearity: str) -> None:
    """A network rebuilt from its arrays answers bit for bit as the one they were taken from."""
    net = network(kind, nonlinearity, layers=2)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity}
    recipe = NetworkRecipe(layers=2, width=WIDTH, **options)
    again = networks.restore(recipe, INPUTS, HORIZON, GRIDS[2], networks.weights(net))
    features = torch.randn(8, 3, INPUTS)
    with torch.inference_mode():
        assert torch.equal(net(features), again(features))


def test_chunk_rows_repeat_the_last_bar() -> None:
    """A chunk is the rows of its series from where it starts; past the end it repeats the last one."""
    rows = networks.chunk_rows(np.array([100, 200]), np.array([0, 3]), np.array([9, 5]), 4)
    assert rows.tolist() == [[100, 101, 102, 103], [203, 204, 204, 204]]


FIRST = (0, 40)  # two series of 40 and 30 bars
FEATURES = np.random.default_rng(5).standard_normal((70, INPUTS)).astype(np.float32)
POSITION = np.concatenate([np.arange(40), np.arange(30)])
ROWS = np.flatnonzero(POSITION >= WINDOW)


def answers(net: Network, features: NDArray[np.float32], rows: NDArray[np.int64]) -> Array:
    """Quantiles at the rows."""
    found = networks.answer(net, torch.from_numpy(features), rows, POSITION[rows], WINDOW)
    return found.astype(np.float64)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_answers_are_the_forward_pass_over_the_rows_chunk(kind: str, nonlinearity: str) -> None:
    """Chunks start every STRIDE bars of a series; each row is read in one of them."""
    net = network(kind, nonlinearity)
    found = answers(net, FEATURES, ROWS)
    for row, answered in zip(ROWS, found, strict=True):
        origin = FIRST[1] if row >= FIRST[1] else FIRST[0]
        starts = [s for s in range(0, 40, STRIDE) if s + WINDOW <= row - origin < s + WINDOW + STRIDE]
        assert len(starts) == 1
        sequence = torch.from_numpy(FEATURES[origin + starts[0] : row + 1])[:, None]
        assert answered == pytest.approx(quantiles(net, sequence)[-1, 0], rel=1e-4, abs=1e-5)


def test_answers_do_not_see_later_bars() -> None:
    """Later bars may change, or be missing, and a row's answer stays what it was."""
    net, rows = network("lstm"), ROWS[ROWS < 25]
    before = answers(net, FEATURES, rows)
    changed = FEATURES.copy()
    changed[25:] = 1e3
    assert np.array_equal(answers(net, changed, rows), before)
    assert answers(net, FEATURES[:25], rows) == pytest.approx(before, abs=1e-6)


@pytest.mark.parametrize("options", [{}, {"supervision": "last", "stride": 64}])
def test_the_rows_read_decide_the_answers(options: dict[str, Any]) -> None:
    """An answer keeps its bits whatever stands in the other rows, and reads each of its own."""
    net = network("gru", **options)
    rows = ROWS[[3, -1]]
    read = networks.find_rows_read(net.recipe, rows, POSITION[rows], WINDOW)
    before, other = answers(net, FEATURES, rows), np.zeros_like(FEATURES)
    other[read] = FEATURES[read]
    assert np.array_equal(answers(net, other, rows), before)
    for row in read:
        changed = other.copy()
        changed[row] += 1
        assert not np.array_equal(answers(net, changed, rows), before)


def test_answers_follow_the_order_asked() -> None:
    """Rows may be asked in any order, alone or together."""
    net = network()
    shuffled = np.random.default_rng(6).permutation(ROWS)
    together = dict(zip(ROWS.tolist(), answers(net, FEATURES, ROWS), strict=True))
    for row, answered in zip(shuffled, answers(net, FEATURES, shuffled), strict=True):
        assert answered == pytest.approx(together[int(row)], abs=1e-6)
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
    table = torch.from_numpy(features)
    found = networks.answer(net, table, rows, position[rows], WINDOW)
    last = networks.answer(net, table, rows[-3:], position[rows[-3:]], WINDOW)
    assert found[-3:] == pytest.approx(last, abs=1e-6)
    assert np.isfinite(found).all()


# --- windows, both directions, and symbols ---


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_both_directions_follow_their_equations(kind: str, nonlinearity: str, layers: int) -> None:
    """The head reads the forward state at the window's end beside the backward state at its beginning."""
    net = network(kind, nonlinearity, layers, direction="bidirectional", supervision="last", stride=64)
    features = np.random.default_rng(8).standard_normal((7, INPUTS))
    state = networks.weights(net)
    activation = np.tanh if nonlinearity == "tanh" else lambda values: np.maximum(values, 0)
    sequence = features
    for layer in range(layers):
        forward = one_way(state, f"_l{layer}", kind, activation, sequence)
        backward = one_way(state, f"_l{layer}_reverse", kind, activation, sequence[::-1])[::-1]
        sequence = np.concatenate([forward, backward], axis=1)
    expected = np.concatenate([forward[-1], backward[0]])
    with torch.inference_mode():
        ours = net.compute_states(torch.from_numpy(features.astype(np.float32))[:, None])
    assert ours.shape == (1, 1, 2 * WIDTH)
    assert ours[0, 0].numpy() == pytest.approx(expected, rel=1e-4, abs=1e-5)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("kind", ["rnn", "lstm", "gru"])
def test_a_window_is_read_alone(kind: str, direction: str) -> None:
    """With supervision of the last session each row's answer follows from its window and nothing else."""
    net = network(kind, direction=direction, supervision="last", stride=64)
    found = answers(net, FEATURES, ROWS)
    for row, answered in zip(ROWS, found, strict=True):
        sequence = torch.from_numpy(FEATURES[row - WINDOW + 1 : row + 1])[:, None]
        assert answered == pytest.approx(quantiles(net, sequence)[0, 0], rel=1e-4, abs=1e-5)
    changed = FEATURES.copy()
    changed[30:40] = 1e3
    before = ROWS[ROWS < 30]
    assert np.array_equal(answers(net, changed, before), answers(net, FEATURES, before))


def test_both_directions_with_a_loss_at_every_session_are_refused() -> None:
    """A backward half would have read what comes after the session it answers, and the message says so."""
    with pytest.raises(ValueError, match="would see the future"):
        NetworkRecipe(kind="gru", direction="bidirectional")


def test_symbols_are_told_apart_by_their_vectors() -> None:
    """An embedded symbol's vector stands beside the features of every session; an unknown one has its own."""
    net = network("rnn", symbols="embedding", embedding=2)
    features = torch.randn(6, 3, INPUTS)
    codes = torch.tensor([0, 1, 2])
    vectors = torch.from_numpy(networks.weights(net)["embedding.weight"])
    beside = torch.cat([features, vectors.expand(6, 3, 2)], dim=-1)
    with torch.inference_mode():
        expected, _ = net.cell(beside)
        found = net.compute_states(features, symbols=codes)
    assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-5)
    table = torch.from_numpy(FEATURES)
    one, other = (
        networks.answer(net, table, ROWS, POSITION[ROWS], WINDOW, np.full(len(ROWS), code)) for code in (0, 2)
    )
    assert np.abs(one - other).max() > 1e-3
    mixed = networks.answer(net, table, ROWS, POSITION[ROWS], WINDOW, np.where(ROWS < 40, 0, 2))
    assert mixed == pytest.approx(np.where((ROWS < 40)[:, None, None], one, other), abs=1e-5)


@pytest.mark.parametrize("direction", ["forward", "bidirectional"])
@pytest.mark.parametrize("head", ["quantile", "student-t", "point", "direction"])
@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_gradients_agree_with_differences(kind: str, nonlinearity: str, head: str, direction: str) -> None:
    """In double precision the gradient of every loss by every input is that of finite differences."""
    torch.manual_seed(3)
    options: dict[str, Any] = {"kind": kind, "nonlinearity": nonlinearity, "head": head}
    if direction == "bidirectional":
        options |= {"direction": direction, "supervision": "last"}
    recipe = NetworkRecipe(width=3, layers=2, dropout=0.0, **options)
    net = networks.build(recipe, 2, START, GRIDS[2]).double()
    features = torch.randn(4, 2, 2, dtype=torch.float64, requires_grad=True)
    raw = net(features)
    target = torch.randn(raw.shape[:-1], dtype=torch.float64)
    if head == "direction":
        target = torch.randint(0, 3, raw.shape[:-1]).double()
    weight = net.cell.weight_hh_l1

    def loss(inputs: torch.Tensor, _: torch.Tensor) -> torch.Tensor:
        return net.head.loss(net(inputs), target).sum()

    assert torch.autograd.gradcheck(loss, (features, weight), atol=1e-6)


@pytest.mark.parametrize(("kind", "nonlinearity"), CELLS)
def test_written_out_cells_are_torchs(kind: str, nonlinearity: str) -> None:
    """States and gradients of our layers are those of torch's own module, from any state."""
    net = network(kind, nonlinearity, layers=2).train()
    features = torch.randn(9, 3, INPUTS, requires_grad=True)
    first: Any = torch.randn(2, 3, WIDTH)
    first = (first, torch.randn(2, 3, WIDTH)) if kind == "lstm" else first
    net.cell.dropout = 0.0
    found = []
    for run in (lambda: cells.run(net.cell, features, first, 0.0), lambda: net.cell(features, first)):
        out, ended = run()
        by = torch.autograd.grad(out.square().sum(), [features, *net.cell.parameters()])
        found.append([out, *(ended if kind == "lstm" else [ended]), *by])
    for ours, theirs in zip(*found, strict=True):
        assert ours.detach().numpy() == pytest.approx(theirs.detach().numpy(), rel=1e-4, abs=1e-4)


def test_dropout_drops_its_share_and_keeps_the_mean() -> None:
    """A fifth of the values goes to zero, the others are raised by a quarter; nothing else changes."""
    torch.manual_seed(1)
    kept = cells.drop_values(torch.ones(100_003), 0.2)
    assert (kept == 0).float().mean().item() == pytest.approx(0.2, abs=0.005)
    assert kept[kept != 0].numpy() == pytest.approx(1.25, rel=1e-4)
    neighbours = (kept[1:] == 0).float() @ (kept[:-1] == 0).float() / 100_002
    assert neighbours.item() == pytest.approx(0.04, abs=0.003)
    assert torch.equal(cells.drop_values(kept, 0.0), kept)


def test_gradient_by_distance_by_hand() -> None:
    """In a linear cell the gradient falls by the recurrent weight a session back."""
    recipe = NetworkRecipe(kind="rnn", nonlinearity="relu", width=1, dropout=0.0)
    net = networks.build(recipe, 1, START, GRIDS[2])
    with torch.no_grad():
        net.cell.weight_hh_l0.fill_(0.5)
        net.cell.weight_ih_l0.fill_(2.0)
        net.head.weight.fill_(1.0)
    norms = networks.gradient_by_distance(net, torch.ones(6, 3, 1))
    assert norms / norms[0] == pytest.approx(0.5 ** np.arange(6), rel=1e-5)


def test_a_plain_rnn_forgets_first() -> None:
    """With half the recurrent weights of its start, an RNN's gradient is gone long before an LSTM's."""
    found = {}
    for kind in ("rnn", "lstm"):
        torch.manual_seed(0)
        net = networks.build(NetworkRecipe(kind=kind, width=16, dropout=0.0), INPUTS, START, GRIDS[2])  # type: ignore[arg-type]
        with torch.no_grad():
            net.cell.weight_hh_l0.mul_(0.5)
        found[kind] = networks.gradient_by_distance(net, torch.randn(30, 8, INPUTS))
    assert found["rnn"][-1] / found["rnn"][0] < 1e-6
    assert found["lstm"][-1] / found["lstm"][0] > 1e-5
