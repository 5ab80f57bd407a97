"""A text recoded to UTF-8, block by block, where it is in another encoding."""

import codecs
from collections.abc import Iterable, Iterator

from morrow.errors import SourceError
from morrow.sources.tables.encoding_detection import detect_encoding

_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


class Recoder:
    """Recodes one text to UTF-8.

    Attributes:
        encoding: of the text so far: empty while it is plain ASCII, "utf-8", or another one.
    """

    def __init__(self, name: str, declared: str | None = None) -> None:
        """Start.

        Args:
            name: of the text, for messages.
            declared: its encoding; None to find it.
        """
        self.encoding = ""
        self._name, self._declared = name, normalize_encoding(declared) if declared else None
        self._offset = 0

    def recode_pieces(self, pieces: Iterable[bytes]) -> Iterator[bytes]:
        """Recode UTF-16 and UTF-32, whose bytes cannot be cut at line ends; pass on anything else.

        Raises:
            SourceError: it is broken.
        """
        decoder: codecs.IncrementalDecoder | None = None
        for number, piece in enumerate(pieces):
            if number == 0 and (wide := self._declared or _find_wide(piece)).startswith(("utf-16", "utf-32")):
                self.encoding, decoder = wide, codecs.getincrementaldecoder(wide)()
            try:
                yield decoder.decode(piece).encode() if decoder else piece
            except UnicodeError as error:
                raise SourceError(
                    f'"{self._name}" is not readable as {self.encoding}: {error.args[-1]}; save it as UTF-8, '
                    "or set source.encoding"
                ) from None
        if decoder is not None and decoder.getstate()[0]:
            yield "\ufffd".encode()  # the file ends within a letter

    def recode_lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        """Recode blocks of whole lines.

        Raises:
            SourceError: a byte cannot be read in the encoding, or no encoding fits.
        """
        for block in blocks:
            yield block if block.isascii() else self._recode(block)
            self._offset += len(block)

    def _recode(self, block: bytes) -> bytes:
        if self.encoding.startswith(("utf-16", "utf-32")):
            return block
        if not self.encoding:
            self.encoding = self._declared or ("utf-8" if _is_utf8(block) else self._detect(block))
        try:
            text = block.decode(self.encoding)
        except UnicodeDecodeError as error:
            if self.encoding == "utf-8" and error.end == len(block) and "end of data" in error.reason:
                return block[: error.start] + "\ufffd".encode()  # the file ends within a letter
            raise self._unreadable(block, error.start) from None
        return block if self.encoding == "utf-8" else text.encode()

    def _detect(self, block: bytes) -> str:
        encoding = detect_encoding(block)
        if encoding is None:
            try:
                block.decode()
            except UnicodeDecodeError as error:
                raise self._unreadable(block, error.start) from None
        return encoding or "utf-8"

    def _unreadable(self, block: bytes, start: int) -> SourceError:
        tried = (self.encoding or "utf-8").upper()
        return SourceError(
            f'"{self._name}" is not {tried} text (byte {self._offset + start} is {block[start]:#04x}); '
            'save it as UTF-8, or set source.encoding, such as "cp1252"'
        )


def normalize_encoding(name: str) -> str:
    """The usual name of an encoding of text.

    Raises:
        ValueError: there is none of that name.
    """
    try:
        codec = codecs.lookup(name)
        "".encode(codec.name)
    except LookupError:
        raise ValueError(
            f'"{name}" is no encoding of text; such as "utf-8", "cp1252", "gb18030" or "shift_jis"'
        ) from None
    return {"utf-8-sig": "utf-8", "iso8859-1": "latin-1"}.get(codec.name, codec.name)


def _is_utf8(block: bytes) -> bool:
    try:
        block.decode()
    except UnicodeDecodeError as error:
        return (
            error.end == len(block) and "end of data" in error.reason and not block[: error.start].isascii()
        )
    return True


def _find_wide(piece: bytes) -> str:
    """UTF-16 or UTF-32 by its mark, or by the zeros in every other byte; else nothing."""
    for mark, encoding in _MARKS:
        if piece.startswith(mark):
            return encoding
    first, second = piece[0:4096:2], piece[1:4096:2]
    if len(second) < 8:
        return ""
    shares = first.count(0) / len(first), second.count(0) / len(second)
    if max(shares) > 0.3 and min(shares) < 0.02:
        return "utf-16-be" if shares[0] > shares[1] else "utf-16-le"
    return ""
