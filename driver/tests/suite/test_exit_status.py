"""The exit status of a suite."""

import pytest

from test_driver.suite.exit_status import suite_status
from test_driver.suite.model import Outcome, Suite, SuiteTest, Verdict

VERDICTS = {one.value[0]: Verdict(outcome=one) for one in Outcome if one is not Outcome.FLAKY}
VERDICTS["y"] = Verdict(outcome=Outcome.FLAKY)


@pytest.mark.parametrize(
    ("tests", "status"),
    [("pp", 0), ("pf", 1), ("efyn", 1), ("pe", 3), ("ye", 3), ("yp", 5), ("pn", 3), ("", 3)],
)
def test_the_worst_verdict_decides(tests: str, status: int) -> None:
    made = tuple(SuiteTest(name=one, verdict=VERDICTS.get(one)) for one in tests)
    assert suite_status(Suite(name="all", tests=made)) == status
