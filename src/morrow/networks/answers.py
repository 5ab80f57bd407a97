"""Network outputs for panel rows, each read in the chunk or window set by its position in the series."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from morrow.config import NetworkRecipe
from morrow.networks.network import Network

CHUNKS = 256  # per batch
Places = NDArray[np.int64]


def chunk_rows(first: Places, start: Places, length: Places, chunk: int) -> Places:
    """Rows of B chunks: (B, L). A chunk that runs past the end of its series repeats the last row.

    Args:
        first: (B,) row of the first bar of each chunk's series.
        start: (B,) position in the series where the chunk starts.
        length: (B,) bars of the series.
        chunk: L.
    """
    position = np.minimum(start[:, None] + np.arange(chunk), length[:, None] - 1)
    return np.asarray(first[:, None] + position)


def window_rows(rows: Places, window: int) -> Places:
    """Rows of the windows that end at the given rows: (B,) -> (B, window)."""
    return np.asarray(rows[:, None] + np.arange(1 - window, 1))


def find_rows_read(recipe: NetworkRecipe, rows: Places, position: Places, window: int) -> Places:
    """Rows of the panel that :func:`read` uses: (N,) -> (M,), ascending.

    Args:
        recipe: the network's.
        rows: (N,) rows to forecast.
        position: (N,) their positions in their series; at least ``window`` each, unless the network was
            trained to answer after fewer.
        window: sessions read before the first output of a chunk, or in total.
    """
    if not len(rows):
        return rows
    last_only = recipe.supervision == "last"
    reach = np.minimum(position, window + (position - window) % recipe.stride)
    first = rows - (window - 1 if last_only else reach)
    size = int(rows.max()) + 2
    open_spans = np.cumsum(np.bincount(first, minlength=size) - np.bincount(rows + 1, minlength=size))
    return np.flatnonzero(open_spans)


def read(
    network: Network,
    features: Tensor,
    rows: Places,
    position: Places,
    window: int,
    symbols: Places | None = None,
) -> Tensor:
    """Raw outputs at the given rows: (N,) -> (N, H, K), on the network's device.

    With a loss at every session, a row is read in the chunk that contains its position in the series,
    regardless of later bars, so the same bars give the same output every night; it sees up to
    ``window + stride`` bars. With supervision of the last session, it sees only its window.

    Args:
        network: in evaluation mode.
        features: (R, F) scaled, on the network's device.
        rows: (N,) rows to forecast.
        position: (N,) their positions in their series; at least ``window`` each.
        window: sessions read before the first output of a chunk, or in total.
        symbols: (N,) indices of their embedded symbols.
    """
    head = network.head
    result = features.new_empty((len(rows), head.horizon, head.outputs), dtype=torch.float32)
    reader = _windows if network.recipe.supervision == "last" else _chunks
    with torch.inference_mode():
        reader(network, features, result, (rows, position, symbols), window)
    return result


def answer(
    network: Network,
    features: Tensor,
    rows: Places,
    position: Places,
    window: int,
    symbols: Places | None = None,
) -> NDArray[np.float32]:
    """Quantiles at the given rows: (N,) -> (N, H, Q), in units of the target's scale; as :func:`read`."""
    raw = read(network, features, rows, position, window, symbols)
    with torch.inference_mode():
        quantiles: NDArray[np.float32] = network.head.quantiles(raw).float().cpu().numpy()
    return quantiles


def _chunks(
    network: Network,
    features: Tensor,
    result: Tensor,
    asked: tuple[Places, Places, Places | None],
    window: int,
) -> None:
    rows, position, symbols = asked
    start = np.maximum(position - window, 0) // network.recipe.stride * network.recipe.stride
    origin = rows - position + start  # first row of the chunk
    begins, example, which = np.unique(origin, return_index=True, return_inverse=True)
    order = np.argsort(which, kind="stable")
    edges = np.searchsorted(which[order], np.arange(0, len(begins) + CHUNKS, CHUNKS))
    for block, (low, high) in enumerate(_batches(len(begins), CHUNKS)):
        here = order[edges[block] : edges[block + 1]]
        local = rows[here] - begins[which[here]]
        sessions = np.arange(int(local.max()) + 1)
        gathered = np.minimum(sessions[:, None] + begins[low:high], len(features) - 1)  # (L, B)
        own = None if symbols is None else symbols[example[low:high]]
        raw = _run(network, features, gathered, own, local, which[here] - low)
        result[torch.from_numpy(here).to(result.device)] = raw


def _run(
    network: Network,
    features: Tensor,
    gathered: Places,
    symbols: Places | None,
    session: Places,
    chunk: Places,
) -> Tensor:
    """Raw outputs at the requested sessions (N,) of the requested chunks (N,) in a batch of rows (L, B)."""
    device = features.device
    codes = None if symbols is None else torch.from_numpy(symbols).to(device)
    read = features.index_select(0, torch.from_numpy(gathered.reshape(-1)).to(device))
    hidden = network.compute_states(read.view(*gathered.shape, -1), 0, codes)
    picked = hidden[torch.from_numpy(session).to(device), torch.from_numpy(chunk).to(device)]
    raw: Tensor = network.head(picked)
    return raw.float()


def _windows(
    network: Network,
    features: Tensor,
    result: Tensor,
    asked: tuple[Places, Places, Places | None],
    window: int,
) -> None:
    rows, _, symbols = asked
    for low, high in _batches(len(rows), 2 * CHUNKS):
        gathered = window_rows(rows[low:high], window).T
        own = None if symbols is None else symbols[low:high]
        every = np.arange(high - low)
        result[low:high] = _run(network, features, gathered, own, np.zeros_like(every), every)


def _batches(count: int, size: int) -> Iterator[tuple[int, int]]:
    for low in range(0, count, size):
        yield low, min(low + size, count)
