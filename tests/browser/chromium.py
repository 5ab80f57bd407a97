"""A headless Chromium that dumps a page after its scripts have run, and reaches nothing but loopback."""

import os
import shutil
import subprocess
from pathlib import Path


def dump_page(address: str, folder: Path, *options: str, budget_ms: int = 5000) -> str:
    """The page's document as HTML.

    Args:
        address: ``file:`` or ``http:`` on loopback.
        folder: for the browser's profile.
        options: further options of Chromium.
        budget_ms: time that the page's scripts are given.
    """
    program = shutil.which("chromium")
    assert program, "install it with: make setup-services"
    done = subprocess.run(
        [
            program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--allow-file-access-from-files", f"--virtual-time-budget={budget_ms}",
            f"--user-data-dir={folder}", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
            *options, "--dump-dom", address,
        ],
        capture_output=True, text=True, timeout=180, check=True, env=os.environ | {"HOME": str(folder)},
    )  # fmt: skip
    return done.stdout
