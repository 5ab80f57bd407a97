"""The table ``[universes.NAME.source]``: any of the sources that ``morrow.sources`` registers."""

import re
from typing import TYPE_CHECKING, Annotated, Union

from pydantic import Field

from morrow.source_kinds import SourceOptions, source_kinds

if TYPE_CHECKING:
    Source = SourceOptions
else:
    Source = Annotated[Union[tuple(dict.fromkeys(source_kinds().values()))], Field(discriminator="kind")]  # noqa: UP007 (of a tuple)

_USER = re.compile(r"//[^/\s]*@")


def without_user(text: str) -> str:
    """A text with the user and password of any URL in it starred.

    >>> without_user("http://me:word@host/path")
    'http://***@host/path'
    """
    return _USER.sub("//***@", text)
