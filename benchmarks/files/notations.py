"""One plain table in every style of days, numbers, encodings and lines around the bars."""

from typing import Any

from benchmarks.files.cases import Question
from benchmarks.files.styles import Style
from benchmarks.files.tables import register_table

_LONG = "symbol=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume"
_SINGLE = "Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume"
_RARE_ENCODINGS = ("mac-roman", "cp850")
_MANY = {"sessions": (120, 800)}
_DAY_ORDER = Question(("day-first", "month-first"))


def _add(
    name: str,
    kind: str,
    style: Style,
    *,
    columns: str = "",
    draw: dict[str, Any] | None = None,
    **options: Any,
) -> None:
    register_table(f"{kind}: {name}", kind, columns or _LONG, style, draw, **options)


def _add_dates() -> None:
    plain = (
        "compact", "compact float", "slashed", "dotted", "unpadded iso", "unpadded slashed", "iso T",
        "iso Z", "end of day", "end of day Z", "d/m/y", "d-m-y", "unpadded d.m.y", "m/d/y",
        "unpadded m/d/y", "m-d-y", "Jan 19, 2018", "January 19, 2018", "January 19, 18",
        "Fri, Jan 19, 2018", "Fri Jan 19 2018", "19 Jan 2018", "19-Jan-2018", "19-JAN-2018", "19-Jan-18",
        "19Jan2018", "RFC", "compact time", "serial", "serial float", "epoch s", "epoch ms", "epoch us",
        "epoch ns", "epoch s float", "epoch ms, then us", "blanks", "ISO week", "d. m. y", "Chinese padded",
    )  # fmt: skip
    for number, name in enumerate(plain):
        columns = _SINGLE if number % 2 else _LONG
        _add(name, "dates", Style(dates=name, quoted="," in name), columns=columns, draw=_MANY)
    _add(
        "three columns", "dates", Style(), columns=_LONG.replace("date=date", "year=year|month=month|day=day")
    )
    _add(
        "three German columns",
        "dates",
        Style(),
        columns=_SINGLE.replace("Date=date", "Tag=day|Monat=month|Jahr=year"),
    )
    for name in ("19. Januar", "19 janvier", "Minguo"):
        _add(name, "dates", Style(dates=name), draw=_MANY, question=Question(("date",)))
    for name in ("d.m.yy", "d/m/yy"):
        _add(name, "dates", Style(dates=name), draw=_MANY, question=_DAY_ORDER)
    _add("m/d/yy", "dates", Style(dates="m/d/yy"), draw=_MANY, question=_DAY_ORDER)
    few = {"sessions": (7, 7)}
    _add("few rows, d/m/y", "dates", Style(dates="d/m/y"), draw=few, question=_DAY_ORDER)
    _add("few rows, m/d/y", "dates", Style(dates="m/d/y"), draw=few, question=_DAY_ORDER)
    for name, sessions in (("half of them swapped", (200, 600)), ("a quarter's days swapped", (40, 64))):
        _add(
            name,
            "dates",
            Style(dates="swapped"),
            draw={"sessions": sessions},
            question=Question(("swap", "day", "month")),
        )


def _add_times() -> None:
    years = {"sessions": (300, 700)}
    for calendar in ("XTKS", "XETR", "XASX", "XHKG", "XLON", "XNYS"):
        _add(
            f"midnight of {calendar} in UTC",
            "times",
            Style(dates="local midnight in UTC"),
            draw={"calendar": calendar, **years},
        )
        _add(
            f"midnight of {calendar} with its offset",
            "times",
            Style(dates="local midnight"),
            columns=_SINGLE,
            draw={"calendar": calendar, **years},
        )
    for calendar in ("XTKS", "XETR"):
        _add(
            f"midnight of {calendar} in UTC as Z",
            "times",
            Style(dates="local midnight in UTC, Z"),
            columns=_SINGLE,
            draw={"calendar": calendar, **years},
        )
    for calendar in ("XNYS", "XETR"):
        _add(
            f"closes of {calendar} in UTC",
            "times",
            Style(dates="close in UTC"),
            columns=_SINGLE,
            draw={"calendar": calendar, **years},
        )
    _add(
        "epoch seconds of Tokyo's midnight",
        "times",
        Style(dates="epoch s local"),
        draw={"calendar": "XTKS", **years},
    )


def _add_numbers() -> None:
    high = {"levels": (1_200.0, 60_000.0)}
    tiny = {"calendar": "24/7", "names": "coins", "levels": (0.0002, 0.9)}
    _add("dollars", "numbers", Style(before="$"))
    _add("dollars with groups", "numbers", Style(before="$", thousands=",", volumes="grouped"), draw=high)
    _add("euros after", "numbers", Style(after=" €", decimal=",", thousands=".", separator=";"), draw=high)
    _add("pounds", "numbers", Style(before="£", thousands=","), draw=high)
    _add("rupees", "numbers", Style(before="₹", thousands="in", volumes="grouped"), draw=high)
    _add("currency codes", "numbers", Style(after=" USD"))
    _add("groups by comma", "numbers", Style(thousands=",", volumes="grouped"), draw=high)
    _add("groups by point", "numbers", Style(thousands=".", decimal=",", separator=";"), draw=high)
    _add("groups by space", "numbers", Style(thousands=" ", decimal=",", separator=";"), draw=high)
    _add("groups by fixed space", "numbers", Style(thousands="\u00a0", decimal=",", separator=";"), draw=high)
    _add(
        "groups by narrow space", "numbers", Style(thousands="\u202f", decimal=",", separator=";"), draw=high
    )
    _add("groups by apostrophe", "numbers", Style(thousands="'", volumes="grouped"), draw=high)
    _add("decimal commas in tabs", "numbers", Style(decimal=",", separator="\t"))
    _add("decimal commas in quotes", "numbers", Style(decimal=",", quoted=True))
    _add("tiny prices", "numbers", Style(), draw=tiny)
    _add("tiny prices, decimal commas", "numbers", Style(decimal=",", separator=";"), draw=tiny)
    _add(
        "three decimals, decimal commas",
        "numbers",
        Style(decimal=",", separator=";"),
        draw={"digits": 3, "levels": (2.0, 90.0)},
        question=Question(("decimal",)),
    )
    _add(
        "whole numbers",
        "numbers",
        Style(),
        draw={"digits": 0, "levels": (300.0, 40_000.0), "calendar": "XTKS"},
    )
    _add("volumes in thousands", "numbers", Style(volumes="thousands"))
    _add("volumes in millions", "numbers", Style(volumes="short"), columns=_SINGLE)
    _add("volumes in millions, mln", "numbers", Style(volumes="mln", separator=";"))
    _add("volumes in ten thousands", "numbers", Style(volumes="万"))
    _add("volumes in lakhs", "numbers", Style(volumes="L"))
    _add("pence", "numbers", Style(after="p"), draw={"calendar": "XLON", "levels": (40.0, 6_000.0)})
    _add("volumes as floats", "numbers", Style(volumes="float"))
    _add("percent column", "numbers", Style(), columns=f"{_SINGLE}|Change %=change%%")


def _add_encodings() -> None:
    for name in (
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "cp1252",
        "latin-1",
        "ascii",
        "mac-roman",
        "cp850",
    ):
        more = "" if name == "ascii" else "|Währung='EUR|Börse='München"
        tabs = name.startswith("utf-16")
        style = Style(encoding=name, separator="\t" if tabs else ";", newline="\r\n")
        asked = Question(("encoding",)) if name in _RARE_ENCODINGS else None
        _add(name, "encodings", style, columns=_LONG + more, question=asked)
    _add("old Mac line ends", "encodings", Style(newline="\r"))
    _add("gzip", "encodings", Style(), file="prices.csv.gz")
    _add("bars between", "encodings", Style(separator="|"))
    _add("name of another ending", "encodings", Style(separator="\t"), file="prices.tsv")
    _add("no ending", "encodings", Style(), file="prices")


def _add_surroundings() -> None:
    disclaimer = ('"Past performance is no guarantee of future results, see terms."', "")
    _add("a disclaimer", "surroundings", Style(above=disclaimer))
    _add(
        "a title and a date", "surroundings", Style(above=("Price history", "Created: 2024-01-05 10:31", ""))
    )
    _add(
        "comment lines", "surroundings", Style(above=("# source: desk", "# currency: USD", "# adjusted: no"))
    )
    _add(
        "a comment before each column",
        "surroundings",
        Style(),
        columns=_LONG.replace("symbol=symbol", "#symbol=symbol"),
    )
    _add(
        "a key and value block",
        "surroundings",
        Style(separator=";", above=("Name;Test Index", "Currency;EUR", "Decimals;2", "", "")),
    )
    _add("empty lines first", "surroundings", Style(above=("", "", "")))
    _add("separators alone first", "surroundings", Style(above=(",,,,,,", ",,,,,,")))
    _add("units below", "surroundings", Style(below=(",,USD,USD,USD,USD,shares",)))
    _add("a ruler below", "surroundings", Style(separator="|", below=("---|---|---|---|---|---|---",)))
    _add("an empty line below", "surroundings", Style(below=("",)))
    _add("types below", "surroundings", Style(below=("string,date,double,double,double,double,long",)))
    _add("a footer", "surroundings", Style(footer=("", "Source: Example Data Ltd. All rights reserved.")))
    _add("totals", "surroundings", Style(footer=("Total,,,,,,123456789",)))
    _add("repeated headers", "surroundings", Style(footer=("symbol,date,open,high,low,close,volume",)))
    _add("trailing separators", "surroundings", Style(trailing=True))
    _add(
        "rows as SQL prints them",
        "surroundings",
        Style(
            separator="|",
            below=("--------+------------+------+------+-----+-------+-------",),
            footer=("(300 rows)",),
        ),
    )


def _add_headless() -> None:
    bare = Style(has_header=False)
    ohlcv = "date=date|open=open|high=high|low=low|close=close|volume=volume"
    coins = {"calendar": "24/7", "names": "coins", "levels": (0.01, 50_000.0), "symbols": (1, 1)}
    declared = Question(("header", "columns"))
    kline = "|b=open|c=high|d=low|e=close|f=volume|g=next midnight ms|h=turnover|i=count|j=count|k=count|l='0"
    for unit in ("epoch ms", "epoch us", "epoch ms, then us"):
        style = Style(has_header=False, dates=unit)
        _add(f"binance, {unit}", "no header", style, columns=f"a=date{kline}", draw=coins, question=declared)
    _add(
        "kraken",
        "no header",
        Style(has_header=False, dates="epoch s"),
        columns=f"{ohlcv}|n=count",
        draw=coins,
        question=declared,
    )
    _add(
        "metatrader 4",
        "no header",
        Style(has_header=False, dates="dotted"),
        columns=ohlcv.replace("|open", "|time='00:00|open", 1),
        question=declared,
    )
    _add(
        "histdata",
        "no header",
        Style(has_header=False, dates="compact time", separator=";"),
        columns=ohlcv,
        question=declared,
    )
    _add(
        "ninjatrader",
        "no header",
        Style(has_header=False, dates="compact", separator=";"),
        columns=ohlcv,
        question=declared,
    )
    _add("date and bars", "no header", bare, columns=ohlcv, question=declared)
    _add("symbol, date and bars", "no header", bare, columns=_LONG, question=declared)
    _add(
        "abc bourse",
        "no header",
        Style(has_header=False, dates="d/m/y", decimal=",", separator=";"),
        columns=_LONG,
        question=declared,
    )
    _add(
        "metastock seven",
        "no header",
        Style(has_header=False, dates="compact"),
        columns=_LONG,
        question=declared,
    )
    _add("date and close", "no header", bare, columns="date=date|close=close", question=declared)


_add_dates()
_add_times()
_add_numbers()
_add_encodings()
_add_surroundings()
_add_headless()
