"""The files of a suite for Hydra."""

from pathlib import Path

from test_driver.suite.hydra import write_hydra_files
from test_driver.suite.model import Outcome, Run, Suite, SuiteTest, Verdict


def suite(outcome: Outcome) -> Suite:
    """Return a suite of two tests of names that Hydra has one name for."""
    run = Run(folder=Path("/x"), outcome=outcome, seconds=3.5, waited=1.0)
    verdict = Verdict(outcome=outcome)
    names = ("web/loses power", "web_loses_power")
    tests = tuple(SuiteTest(name=name, runs=(run,), verdict=verdict) for name in names)
    return Suite(name="all", tests=tests)


def test_products_and_metrics(tmp_path: Path) -> None:
    write_hydra_files(suite(Outcome.PASSED), tmp_path)
    support = tmp_path / "nix-support"
    assert (support / "hydra-build-products").read_text().splitlines() == [
        f"report suite {tmp_path} index.html",
        f"file junit {tmp_path}/junit.xml",
    ]
    assert (support / "hydra-metrics").read_text().splitlines() == [
        "suite.tests 2",
        "suite.failed 0",
        "suite.error 0",
        "suite.flaky 0",
        "suite.passed 2",
        "suite.seconds 5.000 s",
        "test.web_loses_power.seconds 2.500 s",
    ]
    assert not (support / "failed").exists()


def test_hydra_takes_a_suite_that_failed_as_failed(tmp_path: Path) -> None:
    failed = tmp_path / "nix-support" / "failed"
    for outcome, is_failed in (
        (Outcome.FAILED, True),
        (Outcome.FLAKY, False),
        (Outcome.ERROR, True),
        (Outcome.PASSED, False),
    ):
        write_hydra_files(suite(outcome), tmp_path)
        assert failed.exists() is is_failed
