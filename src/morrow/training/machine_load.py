"""How busy this process and its machine are, under the names that MLflow gives to system metrics."""

from functools import cache

import psutil

PREFIX = "system/"
MEGABYTE = 1e6


@cache
def _process() -> psutil.Process:
    return psutil.Process()


def sample() -> dict[str, float]:
    """Processor and memory now; processor shares are those since the last sample of this process.

    100 per cent of the process is one core, of the machine all of them. A process' first sample only starts
    the clock.
    """
    process, memory = _process(), psutil.virtual_memory()
    return {
        f"{PREFIX}cpu_utilization_percentage": psutil.cpu_percent(),
        f"{PREFIX}system_memory_usage_megabytes": memory.used / MEGABYTE,
        f"{PREFIX}system_memory_usage_percentage": 100 * memory.used / memory.total,
        f"{PREFIX}process_cpu_percentage": process.cpu_percent(),
        f"{PREFIX}process_memory_megabytes": process.memory_info().rss / MEGABYTE,
    }
