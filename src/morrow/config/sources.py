"""The tables ``[universes.NAME.source]``: where prices come from, one class a kind."""

import re
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

from pydantic import AfterValidator, Field, model_validator

from morrow.section import Section

_BASE_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?")


def _is_base_url(text: str) -> str:
    if not _BASE_URL.fullmatch(text):
        raise ValueError("must be written like https://host/path, without user, query or fragment")
    return text


def without_user(text: str) -> str:
    """A text with the user and password of any URL in it starred.

    >>> without_user("http://me:word@host/path")
    'http://***@host/path'
    """
    return _USER.sub("//***@", text)


BaseUrl = Annotated[str, AfterValidator(_is_base_url)]
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_USER = re.compile(r"//[^/\s]*@")
_PASSWORD = re.compile(r"(password|passwd|pwd)=", re.IGNORECASE)


class BundledSource(Section):
    """Prices that come with an installed package."""

    kind: Literal["bundled"]
    dataset: Literal["us5", "ecb-fx"]


class TableSource(Section):
    """What sources have in common that hold a table in a person's own words."""

    layout: Literal["long", "wide"] = "long"
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="the source's name of symbol, session, open, high, low, close, adj_close and volume",
    )
    symbol: str | None = Field(None, description="the symbol's name, where there is only one")
    decimal: Literal[".", ","] = Field(".", description="what parts whole from fraction")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="what parts groups of digits")
    dates: Literal["iso", "day-first", "month-first"] = Field("iso", description="how 03/04/2024 is meant")
    memory_mb: int = Field(2048, ge=64, le=1 << 20, description="what reading may take, in MiB")

    @model_validator(mode="after")
    def _separators_differ(self) -> "TableSource":
        if self.decimal == self.thousands:
            raise ValueError(f'decimal and thousands are both "{self.decimal}"; they must differ')
        return self


class FileSource(TableSource):
    """CSV (plain or gzipped) or Parquet, long or wide: a file, a folder or a glob."""

    kind: Literal["csv", "parquet"]
    path: str


class Database(Section):
    """Which database to ask, and what for."""

    url: str | None = Field(None, description="SQLAlchemy's URL, without a password")
    url_env: str | None = Field(None, description="environment variable that holds the URL, password and all")
    table: str | None = Field(None, description="name, or schema.name")
    query: str | None = None
    timeout_s: float = Field(120, gt=0, le=86400, description="longest time for connecting and reading")

    @model_validator(mode="after")
    def _one_of_each(self) -> "Database":
        if (self.url is None) == (self.url_env is None):
            raise ValueError("give url or url_env, and not both")
        if (self.table is None) == (self.query is None):
            raise ValueError("give table or query, and not both")
        if self.url is not None and (urlsplit(self.url).password or _PASSWORD.search(unquote(self.url))):
            raise ValueError(
                "url holds a password; put the URL into an environment variable and name that: url_env"
            )
        return self


class SqlSource(TableSource, Database):
    """A table or a query of any database that SQLAlchemy reaches."""

    kind: Literal["sql"]


class LiveSource(Section):
    """What every source that is asked over the network has: whom to ask, how patiently and how politely."""

    base_url: BaseUrl
    timeout_s: float = Field(20, gt=0, le=600, description="longest wait for the next bytes of a reply")
    deadline_s: float = Field(90, gt=0, le=3600, description="longest time for one whole reply")
    retries: int = Field(3, ge=0, le=10, description="further tries where one is worth it")
    wait_s: float = Field(1, ge=0, le=60, description="before the first further try; doubles with each")
    rate_per_s: float = Field(2, gt=0, le=1000, description="requests a second at most")
    largest_mb: float = Field(64, gt=0, le=4096, description="size at which a reply is cut and refused")


class YahooSource(LiveSource):
    """Yahoo's daily bars, splits and dividends, through yfinance."""

    kind: Literal["yahoo"]
    base_url: BaseUrl = "https://query2.finance.yahoo.com"


class EcbSource(LiveSource):
    """The European Central Bank's reference rates: one zip with all of history."""

    kind: Literal["ecb"]
    base_url: BaseUrl = "https://www.ecb.europa.eu/stats/eurofxref"


class TiingoSource(LiveSource):
    """Tiingo's daily bars, splits and dividends; the key is the environment's ``TIINGO_API_KEY``."""

    kind: Literal["tiingo"]
    base_url: BaseUrl = "https://api.tiingo.com"

    @model_validator(mode="after")
    def _key_is_not_shown(self) -> "TiingoSource":
        parts = urlsplit(self.base_url)
        if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
            raise ValueError(
                f'base_url "{self.base_url}" would carry the key unencrypted; '
                "use https (http is for loopback only)"
            )
        return self


Source = Annotated[
    BundledSource | FileSource | SqlSource | YahooSource | EcbSource | TiingoSource,
    Field(discriminator="kind"),
]
