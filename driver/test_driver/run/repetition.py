"""What a repetition of a test has besides a plain run: a random seed, and load on the host."""

import logging
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from ..package import PACKAGE_FOLDER
from ..process import die_with_driver
from .load_worker import DISK, PROCESSOR

logger = logging.getLogger(__name__)

WORKER = PACKAGE_FOLDER / "run" / "load_worker.py"


def repetition(seed: str | None, *, load: bool) -> AbstractContextManager[None]:
    """Seed Python's `random` for what runs next, and load the host while the body runs."""
    if seed is not None:
        logger.info("Python's random numbers have the seed %s", seed)
        random.seed(seed)
    return host_load() if load else nullcontext()


@contextmanager
def host_load() -> Iterator[None]:
    """Keep all processors and the disk busy while the body runs.

    There is one process for each processor that the driver may use, and one that writes and reads a
    file of 64 MiB in the folder for temporary files. The kernel kills them if the driver dies. One
    that ends before the body does is told of by a warning.
    """
    kinds = [PROCESSOR] * len(os.sched_getaffinity(0)) + [DISK]
    with ExitStack() as stack:
        workers = [(kind, stack.enter_context(_worker(kind))) for kind in kinds]
        logger.info(
            "the test runs beside a load: %d busy processes, and one that writes and reads a file",
            len(workers) - 1,
        )
        yield
        for kind, worker in workers:
            if (status := worker.poll()) is not None:
                logger.warning(
                    "the load was not there until the end of the test: its process for the %s "
                    "ended with status %d (its message is above, if it wrote one)",
                    kind,
                    status,
                )


@contextmanager
def _worker(kind: str) -> Iterator[subprocess.Popen[bytes]]:
    # -P: modules of the standard library are not looked for beside the worker.
    command = [sys.executable, "-P", str(WORKER), kind]
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with_driver(os.getpid()),
    ) as worker:
        try:
            yield worker
        finally:
            worker.kill()
