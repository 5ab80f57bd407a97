"""Requests over HTTP: retried, rate-limited, and bounded in time and size.

It knows no vendor's format; what a reply holds is read by the source that asked for it.
"""
