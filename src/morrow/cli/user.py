"""The user of the process, whose name is kept with a decision."""

import getpass

from morrow.errors import UserError


def name_user() -> str:
    """The name of the user of this process.

    Raises:
        UserError: it has none, as in many containers.
    """
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):
        raise UserError("the user of this process has no name; say who decides: --by NAME") from None
