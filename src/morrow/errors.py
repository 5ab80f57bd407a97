"""Every error that morrow raises on purpose. A front turns them into one line and an exit code."""


class MorrowError(Exception):
    """Base of all errors that carry a message written for a person."""

    exit_code = 1


class NightError(MorrowError):
    """The night cannot go on, though the user did nothing wrong: exit code 1."""


class ShapeError(MorrowError):
    """An array does not have the shape that a numeric room asks for."""


class UserError(MorrowError):
    """Something the user can put right: exit code 2."""

    exit_code = 2


class ConfigError(UserError):
    """The configuration has an unknown key, a wrong value or cannot be read."""


class SourceError(UserError):
    """A source is missing, unreadable or has none of what is needed."""


class HistoryError(UserError):
    """There is too little history for what was asked, or none at the asked date."""


class StoreError(UserError):
    """A table cannot be read or written."""


class RegistryError(UserError):
    """The tracking server or model registry cannot be reached or used."""


class ExportError(UserError):
    """The export folder cannot be written."""


class LeakError(UserError):
    """A fitted model was asked about a cutoff that it has already seen."""
