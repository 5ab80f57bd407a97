"""Asking a server over HTTP: patiently, politely, and with a limit to everything it may do.

It knows no vendor's format; what a reply holds is read by the adapter that asked for it.
"""

from morrow.sources.http.client import Client, opened
from morrow.sources.http.patience import Patience
from morrow.sources.http.reply import FetchError, Reply, require_json, required_start
from morrow.sources.http.wire import redirected

__all__ = [
    "Client",
    "FetchError",
    "Patience",
    "Reply",
    "opened",
    "redirected",
    "require_json",
    "required_start",
]
