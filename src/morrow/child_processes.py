"""Child processes that end with their parent, however it ends."""

import multiprocessing
import os
import signal
import threading
from multiprocessing import connection


def die_with_parent() -> None:
    """Watch the parent process, and end this process when the parent is gone."""

    def watch() -> None:
        parent = multiprocessing.parent_process()
        if parent is not None:
            connection.wait([parent.sentinel])
            os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent ends its own
    threading.Thread(target=watch, daemon=True).start()
