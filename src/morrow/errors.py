"""Every error that morrow raises on purpose, and how their messages are worded.

The command line turns an error into one line and an exit code.
"""

from collections.abc import Iterable
from difflib import SequenceMatcher, get_close_matches


class MorrowError(Exception):
    """Base of all errors that carry a message written for a person."""

    exit_code = 1


class NightError(MorrowError):
    """The night cannot continue, although the user made no mistake: exit code 1."""


class ShapeError(MorrowError):
    """An array or frame does not have the required shape."""


class UserError(MorrowError):
    """An error that the user can correct: exit code 2."""

    exit_code = 2


class ConfigError(UserError):
    """The configuration has an unknown key or a wrong value, or cannot be read."""


class SourceError(UserError):
    """A source is missing, unreadable or lacks what is needed."""


class UndecidedError(SourceError):
    """A source can be read in several ways, and the configuration does not say in which.

    Attributes:
        answers: TOML for the source's section, each of which decides.
    """

    def __init__(self, message: str, answers: Iterable[str] = ()) -> None:
        """Keep the answers, and name them at the end of the message."""
        self.answers = tuple(answers)
        written = " or ".join(answer.replace("\n", " and ") for answer in self.answers)
        super().__init__(message + (f"; write {written}" if written else ""))


class HistoryError(UserError):
    """There is too little history for a request, or none at the requested date."""


class StoreError(UserError):
    """A table cannot be read or written."""


class RegistryError(UserError):
    """The tracking server or model registry cannot be reached or used."""


class VersionError(RegistryError):
    """A registered version was deleted, or its files are not a model that this morrow registered."""


class ExportError(UserError):
    """The export folder cannot be written."""


class LeakError(UserError):
    """A fitted model was to forecast from a cutoff that lies in its own training data."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Word the end of a message about an unknown name: the most similar known one, or nothing.

    Letters count the same in either case. Of equally similar names, the one with more letters in the same
    positions wins.

    >>> did_you_mean("paht", ["path", "kind"]), did_you_mean("zzz", ["path"])
    ('; did you mean "path"?', '')
    """
    folded = word.casefold()
    names = {name.casefold(): name for name in known}
    close = get_close_matches(folded, names, n=3, cutoff=0.4)
    if not close:
        return ""

    def likeness(name: str) -> tuple[float, int]:
        pairs = zip(folded, name, strict=False)
        return SequenceMatcher(None, folded, name).ratio(), sum(a == b for a, b in pairs)

    return f'; did you mean "{names[max(close, key=likeness)]}"?'


def one_line(message: object, longest: int | None = None) -> str:
    r"""Put a message on one line: every run of white space becomes one blank.

    Args:
        message: a text or an error.
        longest: how many characters are kept; None keeps all.

    >>> one_line("a\n  b"), one_line("abcdef", 3)
    ('a b', 'abc...')
    """
    text = " ".join(str(message).split())
    return text if longest is None or len(text) <= longest else f"{text[:longest]}..."
