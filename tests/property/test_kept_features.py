"""A night's features by way of what the night before kept are, bit for bit, those of computing everything."""

import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from morrow import features

EVERY = tuple(features.REGISTRY)
FIELDS = ["open", "high", "low", "close", "volume"]
FAST = (Phase.explicit, Phase.generate)  # shrinking would take minutes
CHANGES = ("none", "revised", "newcomer", "gone", "member", "late", "hole", "restated")


def random_bars(seed: int, symbols: int, sessions: int) -> pd.DataFrame:
    """Series of adjusted bars of unequal lengths, with holes, some without ranges or volumes."""
    draw = np.random.default_rng(seed)
    days = pd.bdate_range("2020-01-01", periods=sessions)
    blocks = []
    for series in range(symbols):
        begin = int(draw.integers(0, sessions // 2)) if series else 0
        own = days[begin:][draw.random(sessions - begin) > 0.03]
        moves = 0.01 * draw.standard_t(5, len(own))
        close = 100 * np.exp(np.cumsum(moves))
        block = pd.DataFrame({"symbol": f"S{series}", "series": series, "session": own, "close": close})
        block["open"] = close * np.exp(0.003 * draw.standard_normal(len(own)))
        block["high"] = np.maximum(block["open"], close) * 1.002
        block["low"] = np.minimum(block["open"], close) / 1.002
        block["volume"] = np.exp(draw.standard_normal(len(own)))
        block.loc[draw.random(len(own)) < 0.02, ["open", "high", "low"]] = np.nan
        block.loc[draw.random(len(own)) < 0.02, "volume"] = np.nan
        block["unit"] = features.unit_volatility(
            np.concatenate([[np.nan], np.diff(np.log(close))]), np.full(len(own), 1e-6)
        )
        blocks.append(block.assign(member=draw.random() < 0.9))
    return pd.concat(blocks, ignore_index=True)


def changed(frame: pd.DataFrame, change: str, seed: int, first: pd.Timestamp) -> pd.DataFrame:
    """The bars as another night might know them: revised, joined by a symbol, or without one."""
    draw, frame = np.random.default_rng(seed), frame.copy()
    own = frame["symbol"] == f"S{draw.integers(0, frame['series'].nunique())}"
    if change == "revised":
        row = int(draw.integers(0, len(frame)))
        frame.loc[row, FIELDS] *= 1.01
    elif change == "restated":
        frame.loc[own, ["open", "high", "low", "close"]] *= 2.0
    elif change == "newcomer":
        other = frame[own].assign(symbol="ZZ", series=frame["series"].max() + 1)
        frame = pd.concat([frame, other], ignore_index=True)
    elif change == "late":  # a symbol whose first bars are all new
        other = frame[own & (frame["session"] >= first)].assign(symbol="ZZ", series=frame["series"].max() + 1)
        frame = pd.concat([frame, other], ignore_index=True)
    elif change == "gone":
        frame = frame[~own | (frame["series"] == 0)].reset_index(drop=True)
    elif change == "member":
        frame.loc[own, "member"] = ~frame.loc[own, "member"]
    elif change == "hole":
        frame = frame.drop(index=int(draw.integers(0, len(frame)))).reset_index(drop=True)
    return frame


@given(
    seed=st.integers(0, 10_000),
    symbols=st.integers(1, 6),
    sessions=st.integers(70, 420),
    cuts=st.lists(st.floats(0.3, 1.0), min_size=1, max_size=3),
    change=st.sampled_from(CHANGES),
)
@settings(max_examples=16, phases=FAST)
def test_what_was_kept_gives_the_bits_of_everything(
    seed: int, symbols: int, sessions: int, cuts: list[float], change: str
) -> None:
    """Whatever came, went or changed since, every feature has the bits of a full computation."""
    frame = random_bars(seed, symbols, sessions)
    days = np.sort(frame["session"].unique())
    with tempfile.TemporaryDirectory() as folder:
        for place in sorted(cuts):
            known = frame[frame["session"] <= days[int(place * (len(days) - 1))]].reset_index(drop=True)
            features.from_folder(known, EVERY, Path(folder))
        since = pd.Timestamp(days[int(max(cuts) * (len(days) - 1))]) + pd.Timedelta(days=1)
        after = changed(frame, change, seed, since)
        full, kept = features.compute(after, EVERY), features.from_folder(after, EVERY, Path(folder))
        again = features.from_folder(after, EVERY, Path(folder))
    for column, name in enumerate(EVERY):
        assert full[:, column].tobytes() == kept[:, column].tobytes() == again[:, column].tobytes(), name


def test_only_new_bars_are_computed(tmp_path: Path) -> None:
    """A feature that looks one bar back is shown two bars of each series when one is new."""
    module, seen = tmp_path / "mine.py", tmp_path / "seen"
    module.write_text(
        "from morrow.features import feature\n"
        '@feature(warm_up=1, reach=1, why="How many bars there were.")\n'
        "def counted(bars):\n"
        f"    open({str(seen)!r}, 'a').write(f'{{len(bars.close)}} ')\n"
        "    return 0 * bars.close\n",
        encoding="utf-8",
    )
    features.load(module)
    frame = random_bars(1, 3, 200)
    last = frame.groupby("series")["session"].transform("max") == frame["session"]
    features.from_folder(frame[~last].reset_index(drop=True), ("counted",), tmp_path / "kept")
    seen.unlink()
    features.from_folder(frame, ("counted",), tmp_path / "kept")
    features.load(None)
    assert seen.read_text(encoding="utf-8").split() == ["2"] * 3


@pytest.mark.parametrize("damage", ["cut", "byte", "empty", "other"])
@pytest.mark.parametrize("file", ["kept.npz", "base-*.npy"])
def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, file: str, damage: str) -> None:
    """A kept file that is cut off, changed in a byte, emptied or another's is ignored and made anew."""
    frame = random_bars(2, 4, 300)
    newest = frame["session"] == frame["session"].max()
    features.from_folder(frame[~newest].reset_index(drop=True), features.DEFAULT, tmp_path)
    (path,) = tmp_path.glob(f"*/{file}")
    content = bytearray(path.read_bytes())
    if damage == "byte":
        content[len(content) // 2] ^= 0x10
    path.write_bytes(
        {"cut": content[: len(content) // 2], "byte": content, "empty": b"", "other": b"x" * 99}[damage]
    )
    full = features.compute(frame, features.DEFAULT)
    assert features.from_folder(frame, features.DEFAULT, tmp_path).tobytes() == full.tobytes()
    assert features.from_folder(frame, features.DEFAULT, tmp_path).tobytes() == full.tobytes()


def test_other_features_keep_their_own(tmp_path: Path) -> None:
    """Another selection, or another content of a user's module, is kept apart; three are kept at most."""
    frame = random_bars(3, 2, 200)
    for names in (("rsi_14",), ("rsi_5",), ("macd",), ("return_1",)):
        found = features.from_folder(frame, names, tmp_path)
        assert found.tobytes() == features.compute(frame, names).tobytes()
    assert len(list(tmp_path.iterdir())) == 3
