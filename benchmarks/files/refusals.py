"""Files that hold no daily bars, or that can be meant in two ways, and rows and names that need care."""

import pickle
from dataclasses import replace

import numpy as np

from benchmarks.files.cases import FIELDS, Case, Question, case, draw_market, truth_of
from benchmarks.files.containers import table_bytes
from benchmarks.files.market import PRICES, Market
from benchmarks.files.styles import Style
from benchmarks.files.tables import register_table, table_case

_SINGLE = "Date=date|Open=open|High=high|Low=low|Close=close|Volume=volume"
_LONG = "symbol=symbol|date=date|open=open|high=high|low=low|close=close|volume=volume"
_NOT_DAILY, _NOT_PRICES, _NAMES, _ROWS = "not daily", "not prices", "names of symbols", "odd rows"


def _resample(market: Market, rule: str) -> Market:
    groups = market.bars.set_index("session").groupby("symbol")
    bars = groups.resample(rule, label="left", closed="left").agg(
        {
            "open": "first",
            "high": "max",
            "low": "min",
            "close": "last",
            "volume": "sum",
            "dividend": "sum",
            "split": "prod",
            "factor": "last",
        }
    )
    return replace(market, bars=bars.dropna().reset_index())


def _intraday(market: Market, stamps: list[str]) -> bytes:
    header = "symbol,datetime,open,high,low,close,volume"
    lines = []
    for bar in market.bars.to_dict("records"):
        for number, stamp in enumerate(stamps):
            prices = ",".join(f"{bar[name] * (1 + 0.0004 * number):.4f}" for name in PRICES)
            volume = int(bar["volume"]) // 7 + number
            lines.append(f"{bar['symbol']},{bar['session']:%Y-%m-%d} {stamp},{prices},{volume}")
    return "\n".join([header, *lines, ""]).encode()


def _sparse(rule: str, word: str) -> None:
    for columns in (_LONG, _SINGLE):
        single = columns is _SINGLE

        def make(
            rng: np.random.Generator, name: str, kind: str, columns: str = columns, single: bool = single
        ) -> Case:
            market = draw_market(rng, sessions=(700, 800), symbols=(1, 1) if single else (2, 9))
            question = Question((word, "frequency|daily"))
            return replace(
                table_case(_resample(market, rule), columns, Style(), name, kind, question=question),
                truth=None,
            )

        case(f"{word}ly bars{', one symbol' if single else ''}", _NOT_DAILY)(make)


_sparse("W-MON", "week")
_sparse("MS", "month")


@case("four yearly bars", _NOT_DAILY)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, sessions=(900, 990), symbols=(1, 1))
    yearly = _resample(market, "YS")
    question = Question(("year", "frequency|daily"))
    return replace(table_case(yearly, _SINGLE, Style(), name, kind, question=question), truth=None)


@case("hourly bars", _NOT_DAILY)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, sessions=(60, 90), symbols=(1, 4))
    data = _intraday(market, [f"{hour:02}:30:00" for hour in range(9, 16)])
    return Case(name, kind, {"prices.csv": data}, "prices.csv", None, Question(("hour|intraday", "daily")))


@case("bars of five minutes", _NOT_DAILY)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, sessions=(60, 60), symbols=(1, 1))
    stamps = [f"{9 + minute // 60:02}:{minute % 60:02}" for minute in range(30, 420, 5)]
    data = _intraday(market, stamps)
    return Case(name, kind, {"prices.csv": data}, "prices.csv", None, Question(("minute|intraday", "daily")))


@case("bars of four hours of coins", _NOT_DAILY)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, sessions=(60, 90), symbols=(1, 1), calendar="24/7", names="coins")
    data = _intraday(market, [f"{hour:02}:00:00+00:00" for hour in range(0, 24, 4)])
    return Case(name, kind, {"prices.csv": data}, "prices.csv", None, Question(("hour|intraday", "daily")))


def _no_prices(name: str, data: bytes, *words: str, file: str = "prices.csv") -> None:
    case(name, _NOT_PRICES)(
        lambda _rng, name, kind: Case(name, kind, {file: data}, file, None, Question(words))
    )


_PAGE = (
    b"<!DOCTYPE html>\n<html lang='en'><head><title>Sign in</title></head>\n<body>\n"
    b"<p>Please log in, or reload</p>\n</body>\n</html>\n"
)
_no_prices("a page of HTML", _PAGE, "HTML")
_no_prices("a page of HTML after white space", b"\n\n   " + _PAGE.replace(b"<!DOCTYPE html>\n", b""), "HTML")
_no_prices(
    "an answer in XML",
    b'<?xml version="1.0"?>\n<Error><Code>AccessDenied</Code><Id>9,8</Id></Error>\n',
    "XML|HTML",
)
_no_prices(
    "a pointer of Git LFS",
    b"version https://git-lfs.github.com/spec/v1\n"
    b"oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 12345\n",
    "LFS",
)
_no_prices("a pointer of git-annex", b"/annex/objects/MD5E-s12345--0a1b2c3d4e5f.csv\n", "annex")
_no_prices("a header alone", b"Date,Open,High,Low,Close,Volume\n", "header|no row|no bar")
_no_prices("a header alone, without an end of line", b"symbol,date,close", "header|no row|no bar")
_no_prices("an error as JSON", b'{"Error Message": "the parameter apikey is invalid or missing."}\n', "JSON")
_no_prices(
    "a note as JSON",
    b'{\n  "Information": "Thank you for using our API! 25 requests per day, please"\n}\n',
    "JSON",
)
_no_prices("nothing", b"", "empty")
_no_prices("white space", b"\n \n\n", "empty|header|no row")
_no_prices("a PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< /Type /Catalog >>\nendobj\n", "PDF")
_no_prices(
    "a picture",
    bytes.fromhex("89504e470d0a1a0a0000000d49484452") + bytes(range(256)),
    "PNG|picture|image|binary",
)
_no_prices(
    "text in sentences", b"Dear team,\nplease find the prices below.\nBest,\nA.\n", "header|column|date|price"
)
_no_prices("a pickle", pickle.dumps({"close": [1.5, 2.5]}, protocol=4), "pickle", file="prices.pkl")
_no_prices("an old pickle", pickle.dumps({"close": [1.5, 2.5]}, protocol=2), "pickle", file="prices.csv")
_no_prices(
    "trades without prices",
    b"date,symbol,quantity,account\n"
    + b"".join(f"2020-01-{day:02},ABC,{day * 10},main\n".encode() for day in range(2, 31)),
    "price|close",
)


@case("names that differ in case alone", _NAMES)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    """Two halves of one history, written KO and ko."""
    market = draw_market(rng, symbols=(2, 6), sessions=(200, 500))
    bars, first = market.bars.copy(), market.symbols[0]
    middle = bars["session"].iloc[len(bars) // len(market.symbols) // 2]
    late = (bars["symbol"] == first) & (bars["session"] >= middle)
    written = bars.assign(symbol=bars["symbol"].mask(late, first.lower()))
    digits = market.digits | {first.lower(): market.digits[first]}
    data = table_bytes(replace(market, bars=written, digits=digits), _LONG)
    question = Question((first, first.lower(), "case"))
    return Case(name, kind, {"prices.csv": data}, "prices.csv", truth_of(bars), question)


def _decorate_name(name: str, before: str, after: str) -> None:
    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, symbols=(2, 6))
        first, bars = market.symbols[0], market.bars
        late = (bars["symbol"] == first) & (bars.index % 2 == 1)
        written = bars.assign(symbol=bars["symbol"].mask(late, before + first + after))
        digits = market.digits | {before + first + after: market.digits[first]}
        data = table_bytes(replace(market, bars=written, digits=digits), _LONG, Style(by_day=True))
        return Case(name, kind, {"prices.csv": data}, "prices.csv", truth_of(bars))

    case(name, _NAMES)(make)


_decorate_name("spaces around names", " ", " ")
_decorate_name("a non-breaking space before names", "\u00a0", "")
_decorate_name("a zero-width space before names", "\u200b", "")
_decorate_name("a mark of byte order within", "\ufeff", "")
_decorate_name("a mark of direction after names", "", "\u200e")
_decorate_name("a tab after names", "", "\t")


register_table(
    "codes that a spreadsheet was told to keep",
    _NAMES,
    _LONG.replace("symbol=symbol", "code=kept symbol"),
    draw={"calendar": "XSHG", "names": "codes"},
)


@case("codes as floats", _NAMES)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(2, 6), calendar="XSHG", names="codes")
    names = {symbol: "6" + symbol[1:] for symbol in market.symbols}
    bars = market.bars.assign(symbol=market.bars["symbol"].map(names))
    renamed = replace(market, bars=bars, digits={names[key]: value for key, value in market.digits.items()})
    data = table_bytes(renamed, _LONG).decode()
    for symbol in renamed.symbols:
        data = data.replace(f"\n{symbol},", f"\n{symbol}.0,")
    return Case(name, kind, {"prices.csv": data.encode()}, "prices.csv", truth_of(bars))


@case("tickers that look like something else", _NAMES)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(10, 10))
    odd = ("NA", "NAN", "TRUE", "NULL", "1E5", "000001", "^GSPC", "BF/B", "INF", "NONE")
    names = dict(zip(market.symbols, odd, strict=True))
    bars = market.bars.assign(symbol=market.bars["symbol"].map(names))
    renamed = replace(market, bars=bars, digits={names[key]: value for key, value in market.digits.items()})
    return Case(name, kind, {"prices.csv": table_bytes(renamed, _LONG)}, "prices.csv", truth_of(bars))


@case("dividends and splits between the bars", _ROWS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(1, 1), sessions=(120, 500))
    symbol = market.symbols[0]
    lines = table_bytes(market, _SINGLE, Style(dates="Jan 19, 2018", newest_first=True)).decode().splitlines()
    events = sorted(rng.choice(np.arange(20, len(lines) - 5), 2, replace=False).tolist(), reverse=True)
    for line, text in zip(events, ("0.24 Dividend", "0.25 Dividend"), strict=True):
        day = lines[line].split('"')[1]
        lines.insert(line + 1, f'"{day}",{text},,,,')
    data = "\n".join([*lines, ""]).encode()
    return Case(name, kind, {f"{symbol}.csv": data}, f"{symbol}.csv", truth_of(market.bars), refused=2)


def _with_texts(
    name: str, field: str, text: str, *, drops: bool, whole: bool = False, question: Question | None = None
) -> None:
    """Some cells of a field, or all numbers of some rows, hold a text instead of a number."""

    def make(rng: np.random.Generator, name: str, kind: str) -> Case:
        market = draw_market(rng, symbols=(1, 5), sessions=(120, 500))
        bars = market.bars
        marked = np.sort(rng.choice(np.arange(5, len(bars) - 5), max(3, len(bars) // 60), replace=False))
        lines = table_bytes(market, _LONG).decode().splitlines()
        number = _LONG.split("|").index(f"{field}={field}")
        for row in marked.tolist():
            cells = lines[row + 1].split(",")
            cells = [*cells[:2], *[text] * 5] if whole else [*cells[:number], text, *cells[number + 1 :]]
            lines[row + 1] = ",".join(cells)
        truth = truth_of(bars)
        if drops:
            truth = truth.drop(index=marked.tolist())
        else:
            truth.loc[marked, field] = np.nan
        data = "\n".join([*lines, ""]).encode()
        return Case(name, kind, {"prices.csv": data}, "prices.csv", truth, question)

    case(name, _ROWS)(make)


for _mark in ("-", "N/A", "null", "#N/A N/A", "n.a.", "#N/A Field Not Applicable", "--"):
    _with_texts(f"volumes of {_mark}", "volume", _mark, drops=False)
_with_texts("volumes that cannot be read", "volume", "see note", drops=False)
for _mark in ("null", "#N/A", "#N/A N/A", "-", "-999", "-99.99", "ND"):
    _with_texts(f"rows of {_mark}", "close", _mark, drops=True, whole=True)


@case("a last line cut in half", _ROWS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(1, 5))
    data = table_bytes(market, _LONG)
    lines = data.rstrip(b"\n").split(b"\n")
    lines[-1] = lines[-1][: len(lines[-1]) // 2]
    truth = truth_of(market.bars).iloc[:-1]
    return Case(name, kind, {"prices.csv": b"\n".join(lines)}, "prices.csv", truth, refused=1)


@case("every row twice", _ROWS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(1, 5))
    head, *lines = table_bytes(market, _LONG).split(b"\n")
    data = b"\n".join([head, *(line for line in lines if line for _ in range(2)), b""])
    return Case(name, kind, {"prices.csv": data}, "prices.csv", truth_of(market.bars))


@case("empty rows where a symbol is not yet listed", _ROWS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(3, 6), sessions=(120, 500))
    bars = market.bars
    late = (bars["symbol"] == market.symbols[-1]) & (bars["session"] < bars["session"].iloc[60])
    emptied = bars.copy()
    emptied.loc[late, list(FIELDS)] = np.nan
    data = table_bytes(replace(market, bars=emptied), _LONG)
    return Case(name, kind, {"prices.csv": data}, "prices.csv", truth_of(bars[~late]))


@case("zero opens by habit", _ROWS)
def _(rng: np.random.Generator, name: str, kind: str) -> Case:
    market = draw_market(rng, symbols=(1, 3))
    data = table_bytes(replace(market, bars=market.bars.assign(open=0.0)), _LONG)
    truth = truth_of(market.bars).assign(open=np.nan)
    return Case(name, kind, {"prices.csv": data}, "prices.csv", truth)
