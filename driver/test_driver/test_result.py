"""How a test of pytest ended, as every report tells it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

# What a test can come to. An error is a failure of its setup or teardown; a flaky test has passed
# only when it was run again.
OUTCOMES = ("passed", "failed", "error", "skipped", "xfailed", "xpassed", "flaky")
BAD_OUTCOMES = ("failed", "error")
SKIPPED_OUTCOMES = ("skipped", "xfailed")


@dataclass(frozen=True, slots=True, kw_only=True)
class TestResult:
    """How a test of pytest ended.

    `headline` is one line: why the test failed or was skipped. `text` is what pytest shows of the
    failure, or the reason. `phases` are seconds of setup, call, teardown and whatever else belongs
    to the test; those of `fixture NAME`, for a fixture of a module, a class or the session, are
    told apart. `output` is what the test wrote to stdout and stderr. `file` and `line` say where
    the test stands.
    """

    __test__ = False  # pytest shall not take it for a test

    outcome: str
    headline: str = ""
    text: str = ""
    phases: Mapping[str, float] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)
    output: str = ""
    file: str = ""
    line: int | None = None

    def __post_init__(self) -> None:
        """Refuse an outcome that no report knows. Raises ValueError."""
        if self.outcome not in OUTCOMES:
            raise ValueError(
                f"outcome {self.outcome!r} is not known; a test ends with one of "
                f"{', '.join(OUTCOMES)}"
            )

    @property
    def failed(self) -> bool:
        """Whether the test counts as a failure."""
        return self.outcome in BAD_OUTCOMES

    @property
    def skipped(self) -> bool:
        """Whether reports count the test as skipped."""
        return self.outcome in SKIPPED_OUTCOMES
