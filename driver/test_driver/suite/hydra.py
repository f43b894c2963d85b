"""What Hydra reads of a suite: its products, metrics that it draws over time, and its failure."""

import re
from collections.abc import Iterator
from pathlib import Path

from .exit_status import SuiteStatus, suite_status
from .model import Outcome, Suite

SUPPORT = "nix-support"
# What Hydra takes as the name of a metric, and how long a name its database shall have.
_FORBIDDEN = re.compile(r"[^a-zA-Z0-9._-]+")
MOST_NAME = 200


def write_hydra_files(suite: Suite, folder: Path) -> None:
    """Write `nix-support` in the folder of a suite, as Hydra documents its files. Raises OSError.

    With the file `failed`, Hydra tells a build that has products as failed.
    """
    support = folder / SUPPORT
    support.mkdir(exist_ok=True)
    products = [f"report suite {folder} index.html", f"file junit {folder / 'junit.xml'}"]
    _write(support / "hydra-build-products", products)
    _write(support / "hydra-metrics", _metrics(suite))
    failed = support / "failed"
    if suite_status(suite) in (SuiteStatus.PASSED, SuiteStatus.FLAKY):
        failed.unlink(missing_ok=True)
    else:
        failed.touch()


def _write(path: Path, lines: Iterator[str] | list[str]) -> None:
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")


def _metrics(suite: Suite) -> Iterator[str]:
    yield f"suite.tests {len(suite.tests)}"
    for outcome in Outcome:
        yield f"suite.{outcome.value} {len(suite.with_outcome(outcome))}"
    yield f"suite.seconds {sum(test.seconds for test in suite.tests):.3f} s"
    taken: set[str] = set()
    for test in suite.tests:
        name = _FORBIDDEN.sub("_", test.name)[:MOST_NAME]
        if test.runs and name not in taken:
            taken.add(name)
            yield f"test.{name}.seconds {test.seconds:.3f} s"
