"""The page of a gate's run in a real browser: it fits a phone, can be read day and night, does nothing."""

import html
import json
import re
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from morrow.checks import check_raw, load_suite
from morrow.checks.pages import Subject, render
from tests.browser.chromium import dump_page

HOSTILE = '<img src="x.png" onerror="window.hit=1"><script>window.hit=1</script>'
LONG = "A_SYMBOL_WITHOUT_ANY_PLACE_TO_BREAK_THAT_IS_LONGER_THAN_A_PHONE_IS_WIDE.XETRA"
READABLE = 4.5  # contrast that WCAG 2.1 asks of text
MEASURE = Path(__file__).with_name("measure.html")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the page of a batch that has hostile and long symbols, and a page that measures it."""
    columns = {
        "row": [1, 2, 3], "symbol": ["AAA", HOSTILE, LONG], "session": pd.Timestamp("2024-01-03"),
        "open": 10.0, "high": 11.0, "low": 9.0, "close": [10.5, -1.0, -2.0], "volume": 1e6,
        "split_factor": 1.0, "dividend_factor": 1.0, "malformed": None,
    }  # fmt: skip
    rows = pd.DataFrame(columns).astype({"symbol": "str", "malformed": "str"})
    verdict = check_raw(rows, pd.DatetimeIndex(["2024-01-03"]), load_suite("raw", None))
    now = datetime(2024, 1, 4, tzinfo=UTC)
    subject = Subject("raw", HOSTILE, "2024-01-03", now, "raw.json", (), {2: "3fa2c1d0:2", 3: "3fa2c1d0:3"})
    made = tmp_path_factory.mktemp("browser")
    (made / "page.html").write_text(render(verdict, subject), encoding="utf-8")
    shutil.copyfile(MEASURE, made / MEASURE.name)
    return made


def measured(folder: Path, scheme: str) -> dict[str, Any]:
    """What a headless Chromium finds, in the light or the dark scheme."""
    dark = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    page = dump_page((folder / MEASURE.name).as_uri(), folder / scheme, *dark)
    found = re.search(r'<pre id="found">(.+?)</pre>', page, re.DOTALL)
    assert found, page[-2000:]
    answer: dict[str, Any] = json.loads(html.unescape(found[1]))
    return answer


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_fits_can_be_read_and_does_nothing(folder: Path, scheme: str) -> None:
    """No sideways scrolling on a phone, contrast enough for every text, nothing fetched and no script run."""
    for name, one in measured(folder, scheme).items():
        assert one["width"] <= one["room"], (name, one)
        assert one["texts"] > 50
        assert one["worst"][0] >= READABLE, one["worst"]
        assert (one["fetched"], one["hit"], one["images"]) == ([], None, 0)
        assert (one["ground"] == "rgb(20, 23, 26)") == (scheme == "dark")
