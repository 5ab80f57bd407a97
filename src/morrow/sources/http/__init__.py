"""Asking a server over HTTP: patiently, politely, and with a limit to everything it may do.

It knows no vendor's format; what a reply holds is read by the source that asked for it.
"""
