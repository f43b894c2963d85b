"""What cannot be used is refused before anything is built, and named."""

import pytest

from ..support.fake_flake import CHECKS, FakeFlake
from ..support.rehearse_program import rehearse, rehearse_test


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([f".#{CHECKS}.wbe"], f"not found: {CHECKS} has no `wbe`; did you mean web?"),
        (
            [f".#{CHECKS}.lint"],
            "lint: is no test: it has no `.report`; give what `runTest` has made",
        ),
        (
            [f".#{CHECKS}.broken"],
            "broken: cannot be evaluated; Nix says:\nerror: infinite recursion",
        ),
        ([".#packages.x86_64-linux"], "has no tests, which have `.report`; it has hello, vim"),
        ([f".#{CHECKS}", "-k", "zzz"], "-k zzz: matches none of 1 tests; there are: web"),
        ([f".#{CHECKS}", "--shard", "9/8"], "--shard 9/8: is out of range: with 8 shards, their"),
        ([f".#{CHECKS}", "--shard", "2/2"], "--shard 2/2: has no test: there are 1 tests; use at"),
        ([f".#{CHECKS}", "--timings", "old.json"], "old.json: has timings of version 7, and this"),
        ([f".#{CHECKS}", "--repeat", "0"], "--repeat: expected a number from 1 to 1000, got '0'"),
        ([f".#{CHECKS}", "--seed", "a b"], "--seed: expected up to 64 letters, digits, `-`, `_`"),
        ([f".#{CHECKS}", "--builders", "b - - x"], "builders: `x` is no number of jobs; expected"),
    ],
)
def test_what_cannot_be_used_is_named(flake: FakeFlake, arguments: list[str], said: str) -> None:
    flake.test("web")
    values = flake.world["values"]
    values[f"{CHECKS}.lint"] = {"tests": [], "others": [[]]}
    values["packages.x86_64-linux"] = {"tests": [], "others": [["hello"], ["vim"]]}
    flake.world["errors"][f"{CHECKS}.broken"] = "error: infinite recursion"
    (flake.folder / "old.json").write_text('{"version": 7}')
    flake.write()
    done = rehearse(flake, "test", *arguments)
    assert done.returncode == 2
    assert said in done.stderr
    assert not flake.calls("build")


def test_a_test_that_cannot_be_evaluated_is_an_error_among_the_others(flake: FakeFlake) -> None:
    flake.test("web")
    del flake.world["values"][CHECKS]
    flake.world["names"][CHECKS] = ["web", "broken"]
    flake.world["errors"][f"{CHECKS}.broken"] = "error: infinite recursion"
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "error  broken: cannot be evaluated: error: infinite recursion; Nix" in done.stdout
    assert flake.runs("web") == 1


def test_two_tests_of_one_name_are_refused(flake: FakeFlake) -> None:
    flake.test("a-b")
    tests = flake.world["values"][CHECKS]["tests"]
    tests.append({**tests[0], "path": ["a", "b"]})
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 2
    assert f"two tests of one name, `a-b`: .#{CHECKS}.a-b and .#{CHECKS}.a.b" in done.stderr


def test_the_page_cannot_be_written(flake: FakeFlake) -> None:
    flake.test("web")
    done = rehearse_test(flake, "--html", "/dev/null/page")
    assert done.returncode == 3
    assert "1 ran, passed" in done.stdout
    assert "rehearse: cannot write the suite: " in done.stderr
