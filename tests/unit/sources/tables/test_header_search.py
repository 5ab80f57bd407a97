"""The place of the header among the first lines."""

import pytest

from morrow.sources.tables.header_search import HeaderPlace, locate_header

ROWS = [f"2017-01-{day:02d},10.5,11.2,10.1,10.9,1200" for day in range(2, 20)]
NAMES = "Date,Open,High,Low,Close,Volume"


@pytest.mark.parametrize(
    ("above", "lines", "below"),
    [
        ([NAMES], (0,), ()),
        (["when,o,h,l,c,v"], (0,), ()),
        ([",000001,600519,3,4,5"], (0,), ()),
        (["Prices of AAA, in USD", "see https://a.b/c?d=1,2", NAMES], (2,), ()),
        (["# prices, and volumes, of AAA", "# all of them", NAMES], (2,), ()),
        (["# made today", f"# {NAMES}"], (1,), ()),
        (["Apple Inc.,,,,,", "Currency,USD,,,,", NAMES], (2,), ()),
        ([NAMES, ",USD,USD,USD,USD,shares"], (0,), (1,)),
        ([NAMES, "date,double,double,double,double,bigint"], (0,), (1,)),
        ([NAMES, "string,double,double,double,double,long"], (0,), (1,)),
        ([NAMES, "<date>,<dbl>,<dbl>,<dbl>,<dbl>,<int>"], (0,), (1,)),
        ([NAMES, "datetime64[ns],float64,float64,float64,float64,int64"], (0,), (1,)),
        ([NAMES, "varchar(10),numeric(10),numeric(10),numeric(10),numeric(10),bigint"], (0,), (1,)),
        ([NAMES, "----,----,----,---,-----,------"], (0,), (1,)),
        ([NAMES, "Unit,USD,USD,USD,USD,shares", "Last updated" + ",2024-01-05" * 5], (0,), (1, 2)),
        (["Price,Close,Close,High,High,Volume", "Ticker,A,B,A,B,A", "Date,,,,,"], (0, 1, 2), ()),
        ([",A,,B,,", "Date,PX_OPEN,PX_LAST,PX_OPEN,PX_LAST,PX_VOLUME"], (0, 1), ()),
        ([NAMES, "Total,,,,,"], (0,), ()),
        ([NAMES, "Total,#DIV/0!,N/A,-,,#REF!"], (0,), ()),
        ([NAMES, NAMES], (0,), ()),
        ([NAMES, "someday,1,2,0.5,1,7"], (0,), ()),
        ([], (), ()),
        (["Prices of AAA"], (), ()),
    ],
)
def test_the_header_is_found(above: list[str], lines: tuple[int, ...], below: tuple[int, ...]) -> None:
    """Titles, comments and pairs of name and value stand above it, units and types below; rows stay rows."""
    place = locate_header([*above, *ROWS])
    assert (place.separator, place.lines, place.below) == (",", lines, below)
    assert place.start == max((*lines, *below), default=len(above) - 1) + 1


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_the_separator_is_that_of_the_rows(separator: str) -> None:
    """A title with commas does not hide another separator, nor do decimal commas."""
    rows = [row.replace(",", separator).replace(".", ",") for row in ROWS]
    place = locate_header(["Prices, volumes, and more, of AAA", NAMES.replace(",", separator), *rows])
    assert (place.separator, place.lines) == (separator, (1,))


def test_a_header_may_lack_the_first_column() -> None:
    """A table that R wrote has one name fewer than columns: the days have none."""
    place = locate_header(['"Open","High","Low","Close","Volume"', *ROWS])
    assert place == HeaderPlace(",", (0,), (), 1, 6, lacks_first=True)
