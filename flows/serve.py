"""A Prefect server and the schedules of ``prefect.yaml``, on loopback, until interrupted.

Each run is a process of its own, and only one runs at a time: a training takes all cores.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from prefect.client.schemas.schedules import CronSchedule, IntervalSchedule
from prefect.deployments.runner import RunnerDeployment
from prefect.runner import Runner
from prefect.schedules import Schedule
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from flows import server
from morrow.errors import ConfigError, MorrowError, one_line

DEFAULT_PORT = 4200


class _Runner(Runner):
    """A runner that ends on SIGTERM as on Ctrl-C; Prefect's own handler does not await its shutdown."""

    def handle_sigterm(self, *_: Any, **__: Any) -> None:
        """Stop the event loop, which cancels and awaits its tasks."""
        raise KeyboardInterrupt


def deployments(file: Path) -> list[RunnerDeployment]:
    """The deployments of a ``prefect.yaml``, each with its flow, parameters and schedules.

    Entrypoints are relative to the working directory.

    Raises:
        ConfigError: the file is missing, is not YAML, or a deployment in it cannot be built.
    """
    try:
        listed = YAML(typ="safe").load(file.read_text(encoding="utf-8"))["deployments"]
    except FileNotFoundError:
        raise ConfigError(f'no schedules at "{file}"; start in the folder of prefect.yaml') from None
    except (OSError, UnicodeDecodeError, YAMLError, KeyError, TypeError) as error:
        raise ConfigError(
            f'cannot read deployments from "{file}": {type(error).__name__}: {one_line(error)}'
        ) from None
    return [_deployment(each, file) for each in listed or ()]


def serve(file: Path, port: int) -> None:
    """Start a server and run what is due, until SIGINT or SIGTERM.

    Args:
        file: a ``prefect.yaml``.
        port: of the server on 127.0.0.1; 0 takes a free one.

    Raises:
        ConfigError: the file cannot be used.
        UserError: the port is taken.
        NightError: the server did not start.
    """
    served = deployments(file)
    os.environ["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "INFO"  # of the runs, which are processes
    with server.running(port) as url:
        sys.stdout.write(greeting(served, url))
        sys.stdout.flush()
        runner = _Runner(limit=1)
        for each in served:
            runner.add_deployment(each)
        asyncio.run(runner.start())


def greeting(served: Sequence[RunnerDeployment], url: str) -> str:
    """The address of the server's pages, and one line per deployment with its schedules."""
    lines = [f"Prefect server at {url.removesuffix('/api')}, Ctrl-C ends it and the schedules:"]
    for each in served:
        when = ", ".join(_in_words(schedule.schedule) for schedule in each.schedules or ())
        lines.append(f"  {each.flow_name}/{each.name}: {when}")
    return "\n".join(lines) + "\n"


def main(arguments: Sequence[str]) -> int:
    """Run the command; returns the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        serve(Path(asked.file), asked.port)
    except MorrowError as error:
        sys.stderr.write(f"error: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return 0
    return 0


def _deployment(listed: dict[str, Any], file: Path) -> RunnerDeployment:
    try:
        return RunnerDeployment.from_entrypoint(
            listed["entrypoint"],
            name=listed["name"],
            description=listed.get("description"),
            parameters=listed.get("parameters"),
            schedules=[_schedule(each) for each in listed.get("schedules", ())],
        )
    except (AttributeError, ImportError, KeyError, OSError, TypeError, ValueError) as error:
        name = listed.get("name") if isinstance(listed, dict) else listed
        raise ConfigError(
            f'deployment "{name}" in "{file}": {type(error).__name__}: {one_line(error)}'
        ) from None


def _schedule(listed: dict[str, Any]) -> Schedule:
    every = listed.get("interval")
    return Schedule(**{**listed, "interval": None if every is None else timedelta(seconds=every)})


def _in_words(schedule: object) -> str:
    if isinstance(schedule, CronSchedule):
        return f"{schedule.cron} {schedule.timezone or 'UTC'}"
    return f"every {schedule.interval}" if isinstance(schedule, IntervalSchedule) else str(schedule)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m flows.serve", description=__doc__)
    parser.add_argument("--file", default="prefect.yaml", help="the deployments and their schedules")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="on 127.0.0.1; 0 for any")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
