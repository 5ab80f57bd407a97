"""A real Chromium for the pages of the board, which notes errors, requests and serious faults of axe."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

SERIOUS = ("serious", "critical")


@contextmanager
def launch() -> Iterator[Browser]:
    """The installed Chromium, which can reach nothing but the disk."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium",
            args=["--no-sandbox", "--disable-gpu", "--host-resolver-rules=MAP * ~NOTFOUND"],
        )
        yield browser
        browser.close()


class Visit:
    """A window of one width and scheme, with what went wrong in it."""

    def __init__(self, browser: Browser, width: int, scheme: str) -> None:
        self.errors: list[str] = []
        self.requests: list[str] = []
        self.page: Page = browser.new_page(
            viewport={"width": width, "height": 900}, color_scheme="dark" if scheme == "dark" else "light"
        )
        self.page.on("console", self._note_console)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, file: Path) -> None:
        """Open a page, and wait until its script has drawn it."""
        self.page.goto(file.as_uri())
        self.page.wait_for_selector("body[data-ready]")

    def find_faults(self) -> list[str]:
        """Serious faults that axe finds: rule and element."""
        result: dict[str, Any] = Axe().run(self.page, options={"preload": False}).response
        return [
            f"{each['id']}: {node['html'][:120]}"
            for each in result["violations"]
            if each["impact"] in SERIOUS
            for node in each["nodes"]
        ]

    def _note_console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(message.text)
