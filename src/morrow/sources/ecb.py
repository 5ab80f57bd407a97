"""The European Central Bank's reference rates over HTTP: the zip whose file a package also carries."""

import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import ClassVar, Literal

from morrow.errors import SourceError
from morrow.source_kinds import BaseUrl, LiveSource, source
from morrow.sources.batch import Batch, Content, ContentReader, Start
from morrow.sources.bundled import read_rates
from morrow.sources.http.client import open_client
from morrow.sources.http.reply import MEGABYTE, FetchError, Reply, body_that_starts
from morrow.sources.raw_replies import Keeper, RawReplies
from morrow.sources.symbol_by_symbol import Probe, with_failures

FILE = "eurofxref-hist.zip"
_NAME = "ecb"
_contents: dict[str, tuple[datetime, Content]] = {}


@source
class EcbSource(LiveSource):
    """The European Central Bank's reference rates: one zip with all of history."""

    symbols_help: ClassVar[str] = "Currencies of the ECB's reference rates."
    example_symbols: ClassVar[str] = "USD JPY"

    kind: Literal["ecb"]
    base_url: BaseUrl = "https://www.ecb.europa.eu/stats/eurofxref"

    def open(self, root: Path, replies: RawReplies | None) -> "EcbReader":  # noqa: ARG002 (no path)
        """Return what reads the rates."""
        return EcbReader(self, replies)

    def probe(self, symbols: tuple[str, ...]) -> Probe:
        """Fetch the zip, and say how far back its currencies go.

        Raises:
            FetchError: no readable reply, or a currency is not in it.
        """
        content = _fetch_content(self, Keeper(None))
        for symbol in symbols:
            if symbol not in content.symbols:
                raise FetchError(f'"{symbol}" is not among the currencies: {", ".join(content.symbols)}')
        rows = content.rows[content.rows["symbol"].isin(symbols)]
        first, last = rows["session"].min(), rows["session"].max()
        return Probe(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", "ECB", "per EUR")


@dataclass(frozen=True)
class EcbReader:
    """Reads all reference rates; one reply holds the whole history of every currency."""

    options: EcbSource
    raw: RawReplies | None = None
    name: str = _NAME

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Fetch the zip and take a window from it; see ``batch.Reader``.

        Raises:
            SourceError: no readable reply, or it has none of the currencies.
            HistoryError: it has nothing up to ``as_of``.
        """
        content = self._content()
        present = tuple(symbol for symbol in symbols or () if symbol in content.symbols)
        missing = tuple(symbol for symbol in symbols or () if symbol not in content.symbols)
        batch = ContentReader(_NAME, lambda _: content).fetch(present or symbols, start, end, as_of)
        return with_failures(batch, [(symbol, "not among the currencies") for symbol in missing])

    def _content(self) -> Content:
        """The content of the zip, fetched once per night."""
        key = self.options.model_dump_json()
        if self.raw is not None and key in _contents and _contents[key][0] == self.raw.now:
            return _contents[key][1]
        keeper = Keeper(self.raw)
        try:
            content = _fetch_content(self.options, keeper)
        except FetchError as fault:
            raise SourceError(f"source {_NAME} gave nothing: {fault}; try again later") from None
        keeper.close(content.digest, _NAME)
        if self.raw is not None:
            _contents.clear()
            _contents[key] = (self.raw.now, content)
        return content


def _fetch_content(options: EcbSource, keeper: Keeper) -> Content:
    with open_client(options, keeper) as client:
        return client.get(f"/{FILE}", {}, FILE, lambda reply: _read_reply(reply, options.largest_mb))


def _read_reply(reply: Reply, largest_mb: float) -> Content:
    data = unzip(body_that_starts(reply, (b"PK",), "zip"), int(largest_mb * MEGABYTE))
    try:
        return read_rates(data, FILE)
    except SourceError as error:
        raise FetchError(str(error), again=True) from None


def unzip(data: bytes, largest: int) -> bytes:
    """Extract the only file of a zip.

    Args:
        data: of the zip.
        largest: bytes that the file may have, whatever the zip says of itself.

    Raises:
        FetchError: it is cut or broken, has another number of files, or is larger.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [name for name in archive.namelist() if not name.endswith("/")]
            if len(names) != 1:
                raise FetchError(f"a zip with {len(names)} files in the place of one")
            with archive.open(names[0]) as file:
                content = file.read(largest + 1)
    except (
        zipfile.BadZipFile,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        zlib.error,
    ) as error:
        raise FetchError(f"a broken zip: {error}", again=True) from None
    if len(content) > largest:
        raise FetchError(f"a zip that unpacks to more than {largest / MEGABYTE:g} MB (largest_mb), cut")
    return content
