"""The command line: ``morrow COMMAND``. Importing it imports no command, so that help answers at once."""

from morrow.cli.app import main

__all__ = ["main"]
