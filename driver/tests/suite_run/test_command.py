"""`rehearse test` from its arguments to its exit status, with a fake Nix."""

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import events_of, rehearse_test
from ..support.schemas import check_document


def test_tests_that_pass(flake: FakeFlake) -> None:
    flake.test("web")
    flake.test("db")
    flake.world["values"][CHECKS]["others"] = [["lint"], ["docs", "html"]]
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 0, done.stderr
    assert "2 tests; 2 without `.report` are no tests and not run: lint, docs.html" in done.stderr
    assert "passed  web  6.5 s\n" in done.stderr
    assert done.stdout == "2 ran, all passed\n"


def test_a_second_run_finds_all_in_the_store(flake: FakeFlake) -> None:
    flake.test("web")
    flake.test("db", 1)
    assert rehearse_test(flake).returncode == 1
    done = rehearse_test(flake)
    assert done.returncode == 1
    assert "0 ran, 2 from the store (oldest 2027-01-15), 1 failed" in done.stdout
    assert "failed  db  6.5 s  (from the store): CommandFailed" in done.stderr
    assert "passed  web" not in done.stderr
    assert flake.runs("web") == flake.runs("db") == 1


def test_a_test_that_fails(flake: FakeFlake) -> None:
    flake.test("web")
    flake.test("db", 1)
    done = rehearse_test(flake)
    assert done.returncode == 1
    assert "failed  db: CommandFailed: web: command `false` failed (exit status 1)" in done.stdout
    assert f"    {flake.store}/x-vm-test-report-db/report.html\n" in done.stdout
    assert flake.runs("db") == 1


def test_an_error_of_the_infrastructure_is_retried_once(flake: FakeFlake) -> None:
    flake.test("web", ends=[3, 0])
    done = rehearse_test(flake)
    assert done.returncode == 0, done.stderr
    assert "web: error of the infrastructure (exit status 3)" in done.stderr
    assert "; retrying once" in done.stderr
    assert "passed  web  6.5 s  (retried)" in done.stderr
    assert flake.runs("web") == 2


def test_an_error_that_stays_is_an_error(flake: FakeFlake) -> None:
    flake.test("web", ends=[3])
    flake.test("db")
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "error  web: error of the infrastructure (exit status 3)" in done.stdout
    assert "2 ran, 1 error" in done.stdout
    assert flake.runs("web") == 2


# How a build ends, what is said of it, and how often it is tried.
FAILURES: dict[str, tuple[int | str, str, int]] = {
    "usage": (2, "wrong usage (exit status 2)", 1),
    "other": (1, "the run exited with status 1 and left no report", 1),
    "killed": (137, "the run was killed by signal 9", 2),
    "signal": ("builder for 'DRV' failed due to signal 9 (Killed)", "killed by signal 9", 2),
    "full": ("error: writing to file: No space left on device", "no room on the disk: error:", 1),
    "newer": ("Cannot build 'DRV'.\nReason: builder failed with exit code 2.", "wrong usage", 1),
    "input": ("1 dependencies of derivation 'DRV' failed to build", "an input of the test", 1),
    "slow": ("building 'DRV' timed out after 5 seconds", "timed out by a setting of Nix", 1),
    "lost": ("cannot connect to socket at '/nix/x': refused", "lost: cannot connect to", 2),
    "new": ("something new", "Nix did not build it: something new", 1),
}


def test_a_build_that_fails_is_an_error_that_is_named(flake: FakeFlake) -> None:
    for name, (end, _, _) in FAILURES.items():
        flake.test(name, ends=[end])
    done = rehearse_test(flake, "--max-jobs", "10")
    assert done.returncode == 3
    lines = {line.split(":")[0]: line for line in done.stdout.splitlines()}
    for name, (_, said, runs) in FAILURES.items():
        assert said in lines[f"error  {name}"]
        assert flake.runs(name) == runs, name


def test_a_report_that_contradicts_itself_has_not_passed(flake: FakeFlake) -> None:
    flake.test("web")
    (flake.folder / "reports" / "x-vm-test-report-web" / "exit-status").write_text("0")
    events = flake.folder / "reports" / "x-vm-test-report-web" / "events.jsonl"
    events.write_text(events.read_text().replace('"passed"', '"failed"'))
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "contradicts itself" in done.stdout


def test_a_report_that_is_missing_has_not_passed(flake: FakeFlake) -> None:
    derivation = flake.test("web")
    flake.world["builds"][derivation]["folder"] = str(flake.folder / "elsewhere")
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "x-vm-test-report-web does not exist" in done.stdout


def test_a_report_that_was_not_needed_has_not_passed(flake: FakeFlake) -> None:
    flake.test("web")
    (flake.folder / "reports" / "x-vm-test-report-web" / "not-needed").write_text("")
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "x-vm-test-report-web tells of no run" in done.stdout


def test_lines_of_json(flake: FakeFlake) -> None:
    flake.test("web")
    flake.test("db", 1)
    done = rehearse_test(flake, "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    events = events_of(done.stdout)
    for event in events:
        check_document("test", event)
    assert [one["tests"] for one in events if one["event"] == "selected"] == [["web", "db"]]
    ended = {one["test"]: one for one in events if one["event"] == "ended"}
    assert ended["web"]["outcome"] == "passed"
    assert ended["db"]["exit_status"] == 1
    assert ended["db"]["report"] == f"{flake.store}/x-vm-test-report-db"
    assert {one["text"] for one in events if one["event"] == "at"} == {
        "machine: waiting for unit nginx.service"
    }
    assert events[-1]["event"] == "finished"
    assert events[-1]["summary"] == "2 ran, 1 failed"
    assert events[-1]["exit_status"] == 1
    assert [one["outcome"] for one in events[-1]["tests"]] == ["passed", "failed"]


def test_there_is_no_nix(flake: FakeFlake) -> None:
    flake.environment["PATH"] = "/nowhere"
    done = rehearse_test(flake)
    assert done.returncode == 2
    assert "rehearse: nix: the program was not found: `nix` (on PATH)" in done.stderr


def test_page_and_junit_have_what_left_no_report(flake: FakeFlake) -> None:
    flake.test("web")
    flake.test("host", ends=[3])
    (flake.folder / "junit.xml").write_text("<testsuites><testsuite name='own' /></testsuites>")
    done = rehearse_test(flake, "--html", "page", "--junit", "out/all.xml")
    assert done.returncode == 3
    assert "2 ran, 1 error\nwrote out/all.xml\nwrote page/index.html\n" in done.stdout
    junit = (flake.folder / "out" / "all.xml").read_text()
    assert 'errors="1"' in junit
    assert "error of the infrastructure (exit status 3)" in junit
    assert "own" not in junit
    assert [one.name for one in (flake.folder / "page" / "reports").iterdir()] == ["web"]
    assert (
        "error of the infrastructure (exit status 3)"
        in (flake.folder / "page" / "summary.txt").read_text()
    )
