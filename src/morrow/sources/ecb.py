"""The European Central Bank's reference rates over HTTP: the zip whose file a package also carries."""

import hashlib
import io
import zipfile
import zlib
from dataclasses import dataclass
from datetime import date, datetime

from morrow.config import EcbSource, FileSource
from morrow.errors import SourceError
from morrow.sources import delimited, wide
from morrow.sources.batch import Batch, Content, Start
from morrow.sources.http import FetchError, Reply, opened, required_start
from morrow.sources.live import without
from morrow.sources.probe import Probe
from morrow.sources.raw import Keeper, Raw
from morrow.sources.whole import Whole

FILE = "eurofxref-hist.zip"
_NAME = "ecb"
_remembered: dict[str, tuple[datetime, Content]] = {}


@dataclass(frozen=True)
class Ecb:
    """All reference rates; one reply holds the whole history of every currency."""

    options: EcbSource
    raw: Raw | None = None
    name: str = _NAME

    def fetch(
        self, symbols: tuple[str, ...] | None, start: Start, end: date | None, as_of: date | None
    ) -> Batch:
        """Fetch the zip and take a window out of it; see ``sources.Source``.

        Raises:
            SourceError: nothing readable came, or it has none of the currencies.
            HistoryError: it has nothing up to ``as_of``.
        """
        content = self._content()
        known = tuple(symbol for symbol in symbols or () if symbol in content.symbols)
        missing = tuple(symbol for symbol in symbols or () if symbol not in content.symbols)
        whole = Whole(_NAME, lambda _: content)
        batch = whole.fetch(known or symbols, start, end, as_of)
        return without(batch, [(symbol, "not among the currencies") for symbol in missing])

    def _content(self) -> Content:
        """What the zip holds, asked for once a night."""
        key = self.options.model_dump_json()
        if self.raw is not None and key in _remembered and _remembered[key][0] == self.raw.now:
            return _remembered[key][1]
        keeper = Keeper(self.raw)
        try:
            content = _asked(self.options, keeper)
        except FetchError as fault:
            raise SourceError(f"source {_NAME} gave nothing: {fault}; try again later") from None
        keeper.close(content.digest, _NAME)
        if self.raw is not None:
            _remembered.clear()
            _remembered[key] = (self.raw.now, content)
        return content


def source(options: EcbSource, raw: Raw | None) -> Ecb:
    """The adapter."""
    return Ecb(options, raw)


def probe(options: EcbSource, symbols: tuple[str, ...]) -> Probe:
    """Fetch the zip, and say how far back its currencies go.

    Raises:
        FetchError: nothing readable came, or a currency is not in it.
    """
    content = _asked(options, Keeper(None))
    for symbol in symbols:
        if symbol not in content.symbols:
            raise FetchError(f'"{symbol}" is not among the currencies: {", ".join(content.symbols)}')
    rows = content.rows[content.rows["symbol"].isin(symbols)]
    first, last = rows["session"].min(), rows["session"].max()
    return Probe(f"{first:%Y-%m-%d}", f"{last:%Y-%m-%d}", "ECB", "per EUR")


def _asked(options: EcbSource, keeper: Keeper) -> Content:
    with opened(options, keeper) as client:
        return client.get(f"/{FILE}", {}, FILE, lambda reply: _content(reply, options.largest_mb))


def _content(reply: Reply, largest_mb: float) -> Content:
    data = unzipped(required_start(reply, (b"PK",), "zip"), int(largest_mb * (1 << 20)))
    try:
        table = delimited.from_csv(data, FILE)
        options = FileSource(kind="csv", path=FILE, layout="wide")
        return wide.content(hashlib.sha256(data).hexdigest(), table, options, FILE, noted=False)
    except SourceError as error:
        raise FetchError(str(error), again=True) from None


def unzipped(data: bytes, largest: int) -> bytes:
    """The one file of a zip.

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
                found = file.read(largest + 1)
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
    if len(found) > largest:
        raise FetchError(f"a zip that unpacks to more than {largest / (1 << 20):g} MB (largest_mb), cut")
    return found
