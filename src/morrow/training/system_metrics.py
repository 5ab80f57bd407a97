"""CPU and memory use of this process and its machine, under MLflow's system metric names."""

from functools import cache

import psutil

PREFIX = "system/"
MEGABYTE = 1e6


@cache
def _process() -> psutil.Process:
    return psutil.Process()


def sample() -> dict[str, float]:
    """Current memory use, and CPU use since this process last sampled.

    For the process, 100 % is one core; for the machine, 100 % is all cores. A process's first sample only
    starts the measurement.
    """
    process, memory = _process(), psutil.virtual_memory()
    return {
        f"{PREFIX}cpu_utilization_percentage": psutil.cpu_percent(),
        f"{PREFIX}system_memory_usage_megabytes": memory.used / MEGABYTE,
        f"{PREFIX}system_memory_usage_percentage": 100 * memory.used / memory.total,
        f"{PREFIX}process_cpu_percentage": process.cpu_percent(),
        f"{PREFIX}process_memory_megabytes": process.memory_info().rss / MEGABYTE,
    }
