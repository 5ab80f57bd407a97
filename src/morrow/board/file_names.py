"""File names made from symbols: safe on every file system, and different for different symbols."""

import hashlib
import re

READABLE, DIGITS = 40, 10


def make_file_name(symbol: str) -> str:
    """A name without ending: the symbol's plain letters, and a hash of the whole symbol.

    The hash keeps apart what a file system would take for the same name, and makes no name a reserved one.

    >>> make_file_name("BRK.B"), make_file_name("../../x")
    ('brk-b-0907abf5bc', 'x-9cdf6a5010')
    """
    plain = re.sub(r"[^a-z0-9]+", "-", symbol.lower()).strip("-")[:READABLE].strip("-")
    digest = hashlib.sha256(symbol.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]
    return f"{plain or 'symbol'}-{digest}"
