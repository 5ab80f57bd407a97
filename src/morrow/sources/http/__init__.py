"""Asking a server over HTTP: patiently, politely, and with a limit to everything it may do.

It knows no vendor's format; what a reply holds is read by the adapter that asked for it.
"""

from morrow.sources.http.client import Client, opened
from morrow.sources.http.patience import Patience
from morrow.sources.http.reply import FetchError, Reply, require_json, required_start
from morrow.sources.http.trail import Trail

__all__ = [
    "Client",
    "FetchError",
    "Patience",
    "Reply",
    "Trail",
    "opened",
    "require_json",
    "required_start",
]
