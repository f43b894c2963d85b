"""`rehearse show`."""

import json

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import rehearse, rehearse_test
from ..support.schemas import check_document


def test_tests_are_listed_with_what_is_known_of_them(flake: FakeFlake) -> None:
    flake.test("web", 1, flaky={"reason": "slow", "until": "2999-12-31", "retries": 2})
    flake.test("db", repeats=[0, 1])
    flake.world["values"][CHECKS]["others"] = [["lint"]]
    flake.write()
    before = rehearse(flake, "show", f".#{CHECKS}")
    assert before.returncode == 0, before.stderr
    assert before.stdout.splitlines()[2].split() == [
        *("db", "512", "MiB", "1", "1", "-", "-", "-", "-")
    ]
    assert rehearse_test(flake, "-k", "web").returncode == 1
    assert rehearse_test(flake, "-k", "db", "--repeat", "2").returncode == 5
    lines = rehearse(flake, "show", f".#{CHECKS}").stdout.splitlines()
    assert lines[0].split() == [
        *("test", "memory", "cores", "machines", "last", "run", "seconds", "outcome", "passed")
    ]
    assert lines[1].startswith("web   512 MiB  1      1         2027-01-15  6.5      failed (flaky")
    assert lines[-2:] == ["2 tests", "without `.report`, and so no tests: lint"]


def test_the_document(flake: FakeFlake) -> None:
    flake.test("web")
    rehearse_test(flake)
    done = rehearse(flake, "show", f".#{CHECKS}", "--json")
    check_document("show", json.loads(done.stdout))
    (test,) = json.loads(done.stdout)["tests"]
    assert test["name"] == "web"
    assert test["attribute"] == f".#{CHECKS}.web"
    assert test["resources"] == {"memory": 512, "cores": 1, "disk": 1024, "machines": 1}
    assert test["last"]["outcome"] == "passed"
    assert test["expected_seconds"] == 6.5
    assert not flake.calls("build", "show")


def test_what_cannot_be_evaluated_is_named(flake: FakeFlake) -> None:
    done = rehearse(flake, "show", f".#{CHECKS}.web")
    assert done.returncode == 2
    assert "web: not found" in done.stderr
