"""Repetitions: flaky tests are found, and `--until-fail` stops at the first failure."""

import json

from ..support.fake_flake import FakeFlake
from ..support.rehearse_program import events_of, rehearse_test

SOMETIMES = [0, 1] * 10


def test_a_test_that_passes_half_the_time_is_flaky(flake: FakeFlake) -> None:
    flake.test("web", repeats=SOMETIMES)
    flake.test("db", repeats=[0] * 20)
    done = rehearse_test(flake, "--repeat", "6", "--seed", "abc")
    assert done.returncode == 5
    assert "seed abc (the same again: --seed abc)" in done.stderr
    assert "failed  web (run 2)" in done.stderr
    assert "2 ran, 1 flaky (passed 3 of 6)" in done.stdout
    again = rehearse_test(flake, "--repeat", "6", "--seed", "abc")
    assert again.returncode == 5
    assert "0 ran, 2 from the store" in again.stdout


def test_one_error_of_the_infrastructure_is_forgiven_in_each_repetition(flake: FakeFlake) -> None:
    flake.test("web", repeats=[0, 0], ends=[3, 0])
    done = rehearse_test(flake, "--repeat", "2")
    assert done.returncode == 0, done.stderr
    assert flake.runs("web-SEED-1") == flake.runs("web-SEED-2") == 2


def test_a_new_seed_runs_anew(flake: FakeFlake) -> None:
    flake.test("web", repeats=[0, 0])
    for _ in range(2):
        done = rehearse_test(flake, "--load")
        assert done.returncode == 0, done.stderr
        assert "1 ran, passed" in done.stdout
    builds = [call[-1] for call in flake.calls("build")]
    assert len(set(builds)) == 2
    assert all("-true-1.drv^*" in one for one in builds)


def test_until_fail_stops_at_the_first_failure(flake: FakeFlake) -> None:
    flake.test("web", repeats=[0, 0, 1, *[0] * 17])
    done = rehearse_test(flake, "--until-fail", "--repeat", "20", "--max-jobs", "1")
    assert done.returncode == 1
    assert "failed  web (run 3)" in done.stderr
    assert "flaky (passed 2 of 3)  web: 3 of 20 runs have ended\n" in done.stdout
    assert "-3/report.html\n" in done.stdout
    assert len(flake.calls("build")) == 3


def test_until_fail_goes_on_with_new_seeds(flake: FakeFlake) -> None:
    flake.test("web", repeats=[0] * 10)
    for derivation, build in flake.world["builds"].items():
        if derivation.endswith("-7.drv"):
            build["later"] = [str(flake.folder / "reports" / "bad"), 2]
    bad = flake.folder / "reports" / "x-vm-test-report-bad"
    flake.test("bad", 1)
    bad.rename(flake.folder / "reports" / "bad")
    flake.world["repeated"]["checks.x86_64-linux"]["tests"].pop()
    flake.world["values"]["checks.x86_64-linux"]["tests"].pop()
    flake.write()
    done = rehearse_test(flake, "--until-fail", "--max-jobs", "8")
    assert done.returncode == 1
    assert "10 runs of each test have ended, none failed; seed " in done.stderr
    assert "failed  web (run 17)" in done.stderr


def test_a_test_without_repeat_is_named(flake: FakeFlake) -> None:
    flake.test("web", repeats=[0])
    flake.test("db")
    done = rehearse_test(flake, "--repeat", "1")
    assert done.returncode == 2
    assert "cannot be run again, since they have no `repeat`: db; leave them out" in done.stderr
    assert not flake.calls("build")


def test_what_failed_is_run_again_and_is_flaky_if_it_passes(flake: FakeFlake) -> None:
    flake.test("web", 1, repeats=[0])
    flake.test("db", 1, repeats=[1])
    flake.test("mail")
    refused = rehearse_test(flake, "--retry-failed")
    assert refused.returncode == 2
    assert "no earlier run of this command in this folder is known" in refused.stderr
    assert rehearse_test(flake).returncode == 1
    done = rehearse_test(flake, "--retry-failed", "--json")
    assert done.returncode == 1
    tests = {one["name"]: one for one in events_of(done.stdout)[-1]["tests"]}
    assert (tests["web"]["outcome"], tests["web"]["passed"], tests["web"]["runs"]) == (
        "flaky",
        1,
        2,
    )
    assert (tests["db"]["outcome"], tests["db"]["runs"]) == ("failed", 2)
    assert "mail" not in tests


def test_nothing_failed(flake: FakeFlake) -> None:
    flake.test("web")
    assert rehearse_test(flake).returncode == 0
    done = rehearse_test(flake, "--retry-failed")
    assert done.returncode == 2
    assert "of 1 tests, none failed in the last run; run it without the option" in done.stderr


def test_shards_run_all_tests_between_them(flake: FakeFlake) -> None:
    for number in range(5):
        flake.test(f"t{number}")
    timings = flake.folder / "timings.json"
    texts = []
    for shard in ("1/2", "2/2"):
        done = rehearse_test(flake, "--shard", shard, "--max-jobs", "4")
        assert done.returncode == 0, done.stderr
        texts.append(done.stderr)
    assert [flake.runs(f"t{number}") for number in range(5)] == [1] * 5
    assert texts[0].partition("division ")[2][:8] == texts[1].partition("division ")[2][:8]
    assert rehearse_test(flake, "--timings", str(timings)).returncode == 0
    history = json.loads(timings.read_text())["tests"]
    assert sorted(history) == [f"t{number}" for number in range(5)]
