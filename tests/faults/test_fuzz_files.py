"""Generated and damaged files: correct rows or a one-line error, no traceback or hang.

Three hundred, the same in every run; MORROW_FUZZ_SCALE=6 makes six times as many.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from morrow.sources import files
from tests.faults.comparison import compare, fetch_file
from tests.faults.slow_notation import NOTHING, ReadOptions
from tests.faults.slow_reader import Content

PROJECT = Path(__file__).resolve().parents[2]
SCALE = int(os.environ.get("MORROW_FUZZ_SCALE", "1"))
STRUCTURED, MUTATED, PARQUET = 120 * SCALE, 120 * SCALE, 60 * SCALE
STYLES = [
    (".", None, ","), (".", None, ";"), (".", None, "\t"), (".", None, "|"), (",", None, ";"),
    (",", ".", ";"), (",", " ", "\t"), (".", "'", ","), (".", ",", "|"), (".", ",", ","), (",", None, ","),
]  # fmt: skip
ENDS = ["\n", "\r\n", "\r"]


@dataclass(frozen=True)
class GeneratedFile:
    """A generated file, the options to read it with, and whether it is sound."""

    data: bytes
    style: ReadOptions
    columns: dict[str, str]
    sound: bool

    def options(self, name: str) -> dict[str, Any]:
        """The source's table in the configuration."""
        return {
            "kind": "csv", "path": name, "layout": "wide" if self.style.wide else "long", "encoding": "utf-8",
            "columns": self.columns,
            "decimal": self.style.decimal, "thousands": self.style.thousands, "dates": self.style.dates,
        }  # fmt: skip


def check_file(made: GeneratedFile, folder: Path) -> None:
    """Write it, read it both ways and compare."""
    path = folder / "prices.csv"
    path.write_bytes(made.data)
    batch = fetch_file(path, made.options(path.name))
    found = compare(made.data, batch, made.style, made.columns)
    if made.sound and found is not None and usable(found):
        assert not isinstance(batch, str), batch


def usable(found: Content) -> bool:
    """Whether a file is sound enough to be taken in: closes, most rows whole, few that contradict others."""
    closes = [row.values.get("close") for row in found.good.values()]
    bars = {(row.symbol, row.session) for row in found.good.values()}
    return any(closes) and len(found.bad) * 3 < len(found.good) and len(bars) * 3 > len(found.good) * 2


def number(draw: st.DrawFn, style: ReadOptions, *, odd: bool) -> str:
    """A number as the options have it, now and then with a sign, an exponent or a wrong separator."""
    digits = draw(st.integers(1, 10 ** draw(st.integers(1, 18))))
    fraction = draw(st.text("0123456789", max_size=draw(st.sampled_from([0, 2, 4, 17]))))
    whole = str(digits)
    if style.thousands is not None and draw(st.booleans()):
        whole = f"{digits:,}".replace(",", style.thousands)
    text = whole + (style.decimal + fraction if fraction or draw(st.booleans()) else "")
    if odd:
        return draw(
            st.sampled_from([
                text + "%", text + "K", text + " mln", text + "万", text + "L", text + " Cr",
                "-" + text, "+" + text, text + "e3", text + "E-2", "$" + text, "inf", "-Infinity",
                text + style.decimal + "1", "nan(1)", "1e999", "1e-999", "0", "0.0", "-0", "١٢", "0x1F",
                "1_000", "1,23,4", "12.34.5", "…", "1 2", style.decimal + "5", "5" + style.decimal, "#REF!",
                "9" * 400, "\u200b1",
            ])
        )  # fmt: skip
    return text


def day(draw: st.DrawFn, style: ReadOptions, offset: int) -> str:
    """A day in one of the ways that the options allow."""
    stamp = np.datetime64("2023-12-20") + offset
    year, month, number_ = str(stamp).split("-")
    ways = [f"{year}-{month}-{number_}", f"{year}{month}{number_}", f"{year}/{int(month)}/{int(number_)}"]
    ways += [f"{year}-{month}-{number_} 16:00", f"{year}-{month}-{number_}T00:00:00.000Z"]
    turned = {"day-first": (number_, month), "month-first": (month, number_)}.get(style.dates)
    if turned:
        ways = [f"{turned[0]}/{turned[1]}/{year}", f"{turned[0]}.{turned[1]}.{year}", ways[0]]
    return draw(st.sampled_from(ways))


def cell(draw: st.DrawFn, text: str, separator: str, *, quoted: bool) -> str:
    """A cell, quoted where it must be or now and then, with blanks around it now and then."""
    if separator in text or quoted or '"' in text:
        return '"' + text.replace('"', '""') + '"'
    return draw(st.sampled_from([text, text, text, f" {text}", f"{text} "]))


@st.composite
def made_files(draw: st.DrawFn) -> GeneratedFile:
    """A file of the kind that vendors make, dirty in several ways at once."""
    decimal, thousands, separator = draw(st.sampled_from(STYLES))
    dates = draw(st.sampled_from(["iso", "iso", "day-first", "month-first"]))
    style = ReadOptions(draw(st.booleans()), decimal, thousands, dates)
    quoted, odd = draw(st.booleans()), draw(st.sampled_from([0.0, 0.0, 0.1, 0.4]))
    chance = draw(st.randoms(use_true_random=False))
    symbols = draw(
        st.lists(st.sampled_from(["AAA", "b.B", "NA", "Ü 1", "7", "x\u2028y"]), min_size=1, unique=True)
    )
    session = draw(st.sampled_from(["Date", "TRADING DAY", "when", "dAtE"]))
    names = (
        [session, *symbols] if style.wide else [session, "Ticker", "Open", "HIGH", "Low", "Close", "Volume"]
    )
    columns = {"session": session}
    if not style.wide:
        columns |= {
            "symbol": "Ticker", "open": "Open", "high": "HIGH", "low": "Low", "close": "Close",
            "volume": "Volume",
        }  # fmt: skip
    count = draw(st.integers(1, 12))
    rows: list[list[str]] = []
    for offset in range(count):
        for symbol in [""] if style.wide else symbols:
            width = len(symbols) if style.wide else 5
            values = []
            for _ in range(width):
                blank = chance.random() < 0.08
                text = draw(st.sampled_from(sorted(NOTHING))) if blank else None
                values.append(text or number(draw, style, odd=chance.random() < odd))
            first = day(draw, style, offset) if chance.random() > odd / 3 else draw(
                st.sampled_from(["Total", "", "2024-13-01", "13/13/2024", "03/04/2024", "0001-01-01", "9999"])
            )  # fmt: skip
            rows.append([first, *([] if style.wide else [symbol]), *values])
    lines = [
        separator.join(cell(draw, text, separator, quoted=quoted) for text in row) for row in [names, *rows]
    ]
    lines = _dirtied(draw, lines, separator, chance.random)
    text = draw(st.sampled_from(ENDS)).join(lines) + draw(st.sampled_from(["", "\n", "\n\n\n"]))
    data = (draw(st.sampled_from(["", "", "\ufeff"])) + text).encode()
    if draw(st.integers(0, 4)) == 0:
        data = gzip.compress(data, 1, mtime=0)
    return GeneratedFile(data, style, columns, sound=odd == 0)


def _dirtied(draw: st.DrawFn, lines: list[str], separator: str, random: Any) -> list[str]:
    """Lines with up to two of a vendor's habits: repeated headers, trailing separators, breaks, blanks."""
    for habit in draw(st.lists(st.integers(0, 9), max_size=2)):
        at = 1 + int(random() * len(lines[1:]))
        width = lines[0].count(separator)
        if habit == 0:
            lines = [line + separator for line in lines]
        elif habit == 1:
            lines = [lines[0], *(line + separator for line in lines[1:])]
        else:
            lines.insert(
                at,
                [
                    lines[0],
                    "",
                    separator * (width + int(random() * 3)),
                    lines[int(random() * len(lines))] + separator + "more",
                    '"' + lines[at - 1],
                    lines[at - 1].replace(separator, separator + "\x00", 1),
                    "Total" + separator * width,
                    lines[-1],
                ][habit - 2],
            )
    return lines


@settings(max_examples=STRUCTURED, derandomize=True)
@given(made=made_files())
def test_generated_files(made: GeneratedFile, tmp_path_factory: pytest.TempPathFactory) -> None:
    """A vendor's file is read as the slow reader reads it, row by row, or refused in one line."""
    check_file(made, tmp_path_factory.getbasetemp())


def spoiled(data: bytes, other: bytes, draw: np.random.Generator) -> bytes:
    """Bytes with one to three accidents of storage, transfer or editing."""
    for _ in range(int(draw.integers(1, 4))):
        at = int(draw.integers(0, max(len(data), 1)))
        end = int(draw.integers(at, len(data) + 1))
        before, after = data[:at], data[at:]
        data = [
            lambda b=before, a=after: (
                b + bytes(byte ^ (1 << int(draw.integers(0, 8))) for byte in a[:1]) + a[1:]
            ),
            lambda b=before: b,
            lambda a=after: a,
            lambda b=before: b + other[int(draw.integers(0, max(len(other), 1))) :],
            lambda b=before, a=after: b + b"\x00" * int(draw.integers(1, 40)) + a,
            lambda b=before, a=after: b + b"\xef\xbb\xbf" + a,
            lambda b=before, a=after: b + b'"' * int(draw.integers(1, 400)) + a,
            lambda b=before, a=after: b + b"9" * int(draw.choice([50, 400, 100_000, 5 << 20])) + a,
            lambda b=before, a=after: b + draw.bytes(int(draw.integers(1, 30))) + a,
            lambda b=before, d=data, e=end: b + d[len(b) : e] * int(draw.integers(2, 5)) + d[e:],
            lambda d=data: d.replace(
                b"\n", [b"\r", b"\r\n", b"\x0b", b" ", b"\x85"][int(draw.integers(0, 5))]
            ),
            lambda d=data: d + gzip.compress(d, 1, mtime=0),
            lambda d=data: gzip.compress(d, 1, mtime=0)[:-4],
        ][int(draw.integers(0, 13))]()
    return data


def plain(seed: int, draw: np.random.Generator) -> GeneratedFile:
    """A sound file of some style, to be spoiled."""
    decimal, thousands, separator = STYLES[seed % len(STYLES)]
    wide = bool(seed % 3 == 0)
    names = ["Date", "AAA", "BBB"] if wide else ["Date", "Ticker", "Open", "High", "Low", "Close", "Volume"]
    columns = {"session": "Date"}
    if not wide:
        columns |= {"symbol": "Ticker"} | {name.lower(): name for name in names[2:]}
    lines = [separator.join(names)]
    for offset in range(int(draw.integers(3, 30))):
        stamp = str(np.datetime64("2024-01-01") + offset)
        values = [f"{price:,.2f}" for price in draw.uniform(0.5, 2_000_000, 2 if wide else 5)]
        if thousands is None:
            values = [value.replace(",", "") for value in values]
        values = [value.translate(str.maketrans({",": thousands or ",", ".": decimal})) for value in values]
        if separator in (decimal, thousands):
            values = [f'"{value}"' for value in values]
        lines.append(separator.join([stamp, *([] if wide else [f"S{offset % 3}"]), *values]))
    data = "\n".join([*lines, ""]).encode()
    if seed % 5 == 0:
        data = gzip.compress(data, 1, mtime=0)
    return GeneratedFile(data, ReadOptions(wide, decimal, thousands), columns, sound=False)


def test_spoiled_files(tmp_path: Path) -> None:
    """A file with flipped, cut, spliced or inserted bytes is read as the slow reader reads it, or refused."""
    draw = np.random.default_rng(4)
    accepted = 0
    for seed in range(MUTATED):
        made = plain(seed, draw)
        made = replace(made, data=spoiled(made.data, plain(seed + 1, draw).data, draw))
        try:
            check_file(made, tmp_path)
        except AssertionError as wrong:
            kept = Path(os.environ.get("MORROW_FUZZ_KEEP", tmp_path)) / f"spoiled-{seed}.csv"
            kept.write_bytes(made.data)
            raise AssertionError(f"seed {seed}, kept as {kept}: {wrong}") from wrong
        accepted += made.data[:2] != b"\x1f\x8b" and bool(files._contents)
    assert accepted


def parquet_files(folder: Path) -> list[Path]:
    """Parquet files of several kinds, each damaged in its own way."""
    draw = np.random.default_rng(9)
    paths = []
    for seed in range(PARQUET):
        rows = int(draw.integers(1, 200))
        days = np.datetime64("2020-01-01") + np.arange(rows)
        close = draw.uniform(1, 100, rows)
        table = pa.table({
            "date": pa.array([days, days.astype(str), days.astype("datetime64[ns]")][seed % 3]),
            "symbol": pa.array(draw.choice(["A", "B"], rows)).dictionary_encode(),
            "close": [close, pa.array(close.astype(str)), close.astype("float32")][seed // 3 % 3],
            "note": pa.array([["x", "y" * 200][int(k)] for k in draw.integers(0, 2, rows)]),
        })  # fmt: skip
        path = folder / f"p{seed:03d}.parquet"
        codec = ["snappy", "none", "zstd", "gzip"][seed % 4]
        pa.parquet.write_table(table, path, compression=codec, row_group_size=max(rows // 3, 1))
        data = path.read_bytes()
        if seed % 10:  # those that end in 0 stay sound
            data = spoiled(data, data[::-1], draw) if seed % 7 == 0 else _bent(data, draw)
        path.write_bytes(data)
        paths.append(path)
    return paths


def _bent(data: bytes, draw: np.random.Generator) -> bytes:
    """Bytes flipped in the pages or in the footer, or a piece left out."""
    bent = bytearray(data)
    footer = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    low, high = (4, footer) if draw.random() < 0.5 else (footer, len(data))
    for _ in range(int(draw.integers(1, 6))):
        bent[int(draw.integers(low, max(high, low + 1)))] ^= 1 << int(draw.integers(0, 8))
    return bytes(bent) if draw.random() < 0.8 else bytes(bent[:low] + bent[low + int(draw.integers(1, 30)) :])


def test_damaged_parquet(tmp_path: Path) -> None:
    """A damaged Parquet file, read in a process apart, gives rows or one line, and no crash."""
    waiting: Sequence[Path] = parquet_files(tmp_path)
    outcomes: dict[str, str] = {}
    while waiting:
        reader = subprocess.run(
            [sys.executable, "-m", "tests.faults.read_parquet", *map(str, waiting)],
            cwd=PROJECT, env=os.environ | {"PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}"},
            capture_output=True, text=True, timeout=150, check=False,
        )  # fmt: skip
        lines = [json.loads(line) for line in reader.stdout.splitlines()]
        outcomes |= {line["path"]: line["said"] for line in lines}
        assert reader.returncode == 0, (
            f"{waiting[len(lines)]}: exit {reader.returncode}, {reader.stderr[-2000:]}"
        )
        waiting = waiting[len(lines) :]
    assert len(outcomes) == PARQUET
    assert not [path for path, words in outcomes.items() if words.startswith("Traceback")]
    sound = [words for path, words in sorted(outcomes.items()) if path.endswith("0.parquet")]
    assert all(words.startswith("rows ") for words in sound)
