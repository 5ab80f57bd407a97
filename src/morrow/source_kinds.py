"""The registry of sources: each declares its options here, and the configuration is built from them.

It stands below the configuration and imports no library that reads prices. The options that several sources
share are here too.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, TypeVar
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from morrow.section import Section, import_modules, kinds_of

_BASE_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#@]*)?")
_PASSWORD = re.compile(r"(password|passwd|pwd)=", re.IGNORECASE)
_DAYS = (date(2017, 11, 23), date(1986, 2, 3))  # written and read again by a format


def _check_base_url(text: str) -> str:
    if not _BASE_URL.fullmatch(text):
        raise ValueError("must be written like https://host/path, without user, query or fragment")
    return text


def _reads_days(date_format: str) -> bool:
    """Whether a format keeps year, month and day of any date."""
    try:
        return all(datetime.strptime(f"{day:{date_format}}", date_format).date() == day for day in _DAYS)  # noqa: DTZ007
    except ValueError:
        return False


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


BaseUrl = Annotated[str, AfterValidator(_check_base_url)]


class SourceOptions(Section):
    """The table ``[universes.NAME.source]`` of one kind of source, and how prices are read from it.

    Attributes:
        kind: tells the tables apart; each class narrows it to its own names.
        is_local: whether reading costs no request, so that everything may be read every night.
    """

    is_local: ClassVar[bool] = False

    kind: str

    def open(self, root: Path, replies: Any) -> Any:
        """Return what reads the source, a ``sources.Reader``.

        Args:
            root: the folder that paths are relative to.
            replies: a ``sources.RawReplies`` where a live source keeps raw replies; None keeps none.

        Raises:
            SourceError: a package or a key that it needs is missing.
        """
        raise NotImplementedError

    def may_have_changed(self, root: Path, since: float) -> bool:  # noqa: ARG002 (for those that can tell)
        """Whether there may be new prices since a time, in seconds since the epoch, without reading any."""
        return True


class TableSource(SourceOptions):
    """Options of sources that hold a table in a person's own layout."""

    layout: Literal["long", "wide", "fields"] = "long"
    columns: dict[str, str] = Field(
        default_factory=dict,
        description="the source's name of symbol, session, prices, volume, split and dividend",
    )
    symbol: str | None = Field(None, description="the symbol's name, where there is only one")
    groups: tuple[str, ...] = Field(
        (),
        description="the symbols side by side, where layout is fields and no header names them; in a wide "
        "table, its columns that are symbols",
    )
    symbol_case: Literal["keep", "upper"] | None = Field(
        None, description="whether KO and ko are two symbols (keep) or one (upper)"
    )
    decimal: Literal[".", ","] = Field(".", description="decimal separator")
    thousands: Literal[".", ",", " ", "'"] | None = Field(None, description="thousands separator")
    dates: Literal["iso", "day-first", "month-first", "year-first", "excel", "epoch"] = Field(
        "iso", description="how 03/04/2024 or a plain number is meant"
    )
    date_format: str | None = Field(None, description="Python's strptime format of the days")
    zone: str | None = Field(None, description="whose days the stamps' moments belong to")
    swapped_days: bool | None = Field(
        None, description="whether day and month are exchanged wherever both are 12 or less"
    )
    frequency: Literal["daily", "weekly", "monthly", "quarterly", "yearly"] = Field(
        "daily", description="how far apart bars are; each is a session"
    )
    memory_mb: int = Field(2048, ge=64, le=1 << 20, description="memory that reading may take, in MiB")

    @model_validator(mode="after")
    def _separators_differ(self) -> "TableSource":
        if self.decimal == self.thousands:
            raise ValueError(f'decimal and thousands are both "{self.decimal}"; they must differ')
        return self

    @model_validator(mode="after")
    def _days_can_be_read(self) -> "TableSource":
        if self.date_format is not None and not _reads_days(self.date_format):
            raise ValueError(
                f'date_format "{self.date_format}" does not give year, month and day; '
                'write it like "%d.%m.%Y" or "%Y%m%d %H:%M"'
            )
        if self.date_format is not None and self.dates != "iso":
            raise ValueError("give dates or date_format, and not both")
        if self.zone is not None and not _is_zone(self.zone):
            raise ValueError(f'zone "{self.zone}" is not known; write it like "Asia/Tokyo"')
        return self


class Database(Section):
    """Which table or query of which database to read."""

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


class LiveSource(SourceOptions):
    """Options of sources on the network: the server, and how patiently and politely it is asked.

    Each offers ``morrow init --KIND SYMBOLS``.

    Attributes:
        symbols_help: help of that option.
        example_symbols: shown to a person who names no symbol.
        init_comment: a line that ``init`` writes below the section; empty for none.
    """

    symbols_help: ClassVar[str]
    example_symbols: ClassVar[str] = "AAPL MSFT"
    init_comment: ClassVar[str] = ""

    base_url: BaseUrl
    timeout_s: float = Field(20, gt=0, le=600, description="longest wait for the next bytes of a reply")
    deadline_s: float = Field(90, gt=0, le=3600, description="longest time for one whole reply")
    retries: int = Field(3, ge=0, le=10, description="further tries where one may help")
    wait_s: float = Field(1, ge=0, le=60, description="before the first further try; doubles with each")
    rate_per_s: float = Field(2, gt=0, le=1000, description="requests per second at most")
    largest_mb: float = Field(64, gt=0, le=4096, description="size at which a reply is cut and refused")

    def probe(self, symbols: tuple[str, ...]) -> Any:
        """Ask for one bar of each symbol, and how far back history goes: a ``sources.Probe``.

        Raises:
            FetchError: there is no readable answer, or a symbol is not known.
            SourceError: a package or a key that it needs is missing.
        """
        raise NotImplementedError


Class = TypeVar("Class", bound=type[SourceOptions])

_KINDS: dict[str, type[SourceOptions]] = {}


def source(section: Class) -> Class:
    """Register a class of options as one or more kinds of source."""
    kinds = kinds_of(section)
    if taken := [kind for kind in kinds if kind in _KINDS]:
        raise ValueError(f"{section.__name__}: another source is of kind {', '.join(taken)}")
    _KINDS.update(dict.fromkeys(kinds, section))
    return section


def source_kinds() -> Mapping[str, type[SourceOptions]]:
    """Every kind of source and the class of its options, out of the files of ``morrow.sources``."""
    import_modules("morrow.sources")
    return dict(sorted(_KINDS.items()))


def live_kinds() -> dict[str, type[LiveSource]]:
    """The kinds that are asked over the network."""
    return {kind: section for kind, section in source_kinds().items() if issubclass(section, LiveSource)}
