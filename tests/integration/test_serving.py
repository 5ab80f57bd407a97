"""A whole night's champion behind ``mlflow models serve`` on loopback, beside what the night exported."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pandas as pd
import pytest

from morrow.frames import PRICE_FIELDS, PRICES
from tests.projects import night, play, project

pytestmark = pytest.mark.no_cover  # processes of their own
START_S = 240


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project after its first night."""
    root = project(tmp_path_factory.mktemp("served") / "toy", recipes=("ewma",))
    play(root)
    return root


@pytest.fixture(scope="module")
def address(root: Path) -> Iterator[str]:
    """Where the champion is served, with pickles refused."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["models", "serve", "-m", "models:/morrow-toy@champion", "--env-manager", "local"]
    words += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    uri = f"sqlite:///{root}/mlruns/mlflow.db"
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"  # MLflow starts uvicorn by name
    settings = {"MLFLOW_TRACKING_URI": uri, "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false", "PATH": path}
    with (root / "server.log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *words],
            cwd=root,
            env={**os.environ, **settings, "MLFLOW_DISABLE_TELEMETRY": "true"},
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/ping", server, root / "server.log")
        yield f"http://127.0.0.1:{port}/invocations"
    finally:
        with suppress(ProcessLookupError):  # it did not start
            os.killpg(server.pid, signal.SIGTERM)  # the server runs its workers as children
        server.wait(timeout=60)


def _wait_for(address: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            if httpx.get(address, timeout=5).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.5)
    raise AssertionError(log.read_text())


def ask(address: str, prices: pd.DataFrame) -> tuple[int, Any]:
    """Post a long frame; the status and the answer."""
    split = prices.to_dict("split", index=False)
    reply = httpx.post(address, json={"dataframe_split": split}, timeout=240)
    return reply.status_code, reply.json()


@pytest.fixture(scope="module")
def prices(root: Path) -> pd.DataFrame:
    """What the night knew, as a long frame whose dates are texts."""
    frame = night(root).store.read(PRICES, "toy")[["symbol", "session", *PRICE_FIELDS]]
    return frame.assign(session=frame["session"].dt.strftime("%Y-%m-%d"))


def test_the_server_answers_with_the_numbers_of_the_export(
    root: Path, address: str, prices: pd.DataFrame
) -> None:
    """Every quantile and flag of the export, to the last bit, for the same prices posted as JSON."""
    status, answer = ask(address, prices)
    assert status == 200, answer
    served = pd.DataFrame(answer["predictions"]).set_index(["symbol", "step"]).sort_index()
    (file,) = (root / "exports" / "toy").glob("*/forecasts.parquet")
    exported = pd.read_parquet(file).set_index(["symbol", "step"]).sort_index()
    quantiles = [name for name in exported if str(name).startswith("q")]
    assert len(quantiles) == 9
    pd.testing.assert_frame_equal(
        served[quantiles], exported[quantiles], check_exact=True, check_index_type=False
    )
    assert served["flags"].tolist() == exported["flags"].tolist()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drop": "close"}, "close"),
        ({"close": "much"}, "close"),
        ({"session": "soon"}, "session"),
        ({"close": -1.0}, "it must be finite and above 0"),
    ],
)
def test_the_server_says_what_is_wrong_with_a_column(
    address: str, prices: pd.DataFrame, change: Mapping[str, Any], words: str
) -> None:
    """A request that cannot be answered is refused with the column's name; the server goes on."""
    wrong = dict(change)
    frame = prices.drop(columns=wrong.pop("drop", [])).assign(**wrong)
    status, answer = ask(address, frame)
    assert status == 400
    assert words in str(answer)
