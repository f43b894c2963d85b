"""`demo` and `check` from their first line to their last."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from computer import FLAKE, Computer


@pytest.mark.parametrize("program", ["demo", "check", "bench", "with-nix"])
def test_help_is_shown(computer: Computer, program: str) -> None:
    done = computer.run(program, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"Usage: ./{program} [--mirror URL]")
    assert computer.called("nix") == []


@pytest.mark.parametrize(
    ("program", "argument", "accepted"),
    [
        ("demo", "--fast", "--mirror URL and --help"),
        ("demo", "debian-ping", "--mirror URL and --help"),
        ("demo", "--long", "--mirror URL and --help"),
        ("check", "--fast", "names of checks, --long, --mirror URL and --help"),
        ("with-nix", "--fast", "--mirror URL and --help"),
    ],
)
def test_an_unknown_argument_is_told(
    computer: Computer, program: str, argument: str, accepted: str
) -> None:
    done = computer.run(program, argument)
    assert done.returncode == 2
    assert done.stderr == (
        f"{program}: error: unknown argument '{argument}'. Accepted are {accepted}\n"
    )


def test_a_command_runs_with_nix_and_flakes(ready: Computer) -> None:
    ready.program("show", 'echo "$NIX_CONFIG, $REHEARSE_DEBIAN_MIRROR"; nix seen; exit 3')
    done = ready.run("with-nix", "--mirror", "http://mirror/debian", "show", "--long", "a b")
    assert done.returncode == 3
    assert ready.called("show") == ["show --long a b"]
    assert ready.called("nix seen") == ["nix seen"]
    assert done.stdout == (
        "extra-experimental-features = nix-command flakes, http://mirror/debian\n"
    )


def test_a_shell_is_started_if_there_is_no_command(ready: Computer) -> None:
    ready.program("my-shell", "echo started")
    ready.environment["SHELL"] = str(ready.programs / "my-shell")
    done = ready.run("with-nix")
    assert (done.returncode, done.stdout, done.stderr) == (0, "started\n", "")


def test_no_command_runs_with_a_nix_that_is_too_old(ready: Computer) -> None:
    ready.change("nix", "2.26.3", "2.8.0")
    ready.user(1000)
    ready.program("show", ":")
    done = ready.run("with-nix", "show")
    assert done.returncode == 2
    assert "Nix is too old: found 2.8.0" in done.stderr
    assert ready.called("show") == []


def test_some_checks_are_built_by_their_names(ready: Computer) -> None:
    done = ready.run("check", "good")
    assert (done.returncode, done.stdout) == (0, "1 passed, 0 failed\n")
    assert "== good (1 of 1) ==" in done.stderr
    assert "skipped" not in done.stderr
    assert ready.called("rehearse-debian") == [
        f"rehearse-debian fetch --checkout {ready.checkout} checks.x86_64-linux.good"
    ]


def test_a_check_that_does_not_exist_is_told_with_those_that_do(ready: Computer) -> None:
    done = ready.run("check", "good", "nice")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "check: error: the flake has no check 'nice'; it has: bad good; --long adds: slow\n"
    )
    assert ready.called("rehearse-debian") == []


def test_long_checks_are_built_besides_the_others(ready: Computer) -> None:
    done = ready.run("check", "--long")
    assert done.returncode == 1  # as `bad` fails
    assert "== slow (3 of 3) ==" in done.stderr
    remote = "legacyPackages.x86_64-linux.remote-tests"
    assert ready.called("rehearse-debian") == [
        f"rehearse-debian fetch --checkout {ready.checkout} checks.x86_64-linux.bad "
        "checks.x86_64-linux.good legacyPackages.x86_64-linux.longChecks.slow",
        f"rehearse-debian fetch --checkout {ready.checkout} {remote}.warm {remote}.cold",
    ]


@pytest.mark.parametrize(("status", "counts"), [(0, "3 passed, 1"), (1, "2 passed, 2")])
def test_remote_builders_are_a_long_check(ready: Computer, status: int, counts: str) -> None:
    ready.loopback_builders(f"exit {status}")
    done = ready.run("check", "--long")
    assert done.returncode == 1  # as `bad` fails
    assert f"{counts} failed" in done.stdout
    assert ("tests on remote builders failed: see above" in done.stdout) == (status == 1)
    assert ready.called("loopback-builders") == [
        "loopback-builders --lost-daemon --fails fails -- /nix/store/o-driver/bin/rehearse test "
        f"{FLAKE}#legacyPackages.x86_64-linux.remote-tests --repeat 1"
    ]
    assert ready.run("check", "--long", "slow").stderr.count("remote builders") == 0


def test_a_long_check_is_built_by_its_name(ready: Computer) -> None:
    done = ready.run("check", "--long", "slow")
    assert (done.returncode, done.stdout) == (0, "1 passed, 0 failed\n")
    assert "== slow (1 of 1) ==" in done.stderr
    assert ready.run("check").stderr.count("== slow") == 0


def test_long_checks_that_cannot_be_evaluated_fail(ready: Computer) -> None:
    ready.change("nix", "echo 'slow'", "exit 1")
    done = ready.run("check", "--long")
    assert done.returncode == 2
    assert "check: error: the flake cannot be evaluated (see above)" in done.stderr
    done = ready.run("check", "nice")
    assert done.stderr.endswith("the flake has no check 'nice'; it has: bad good\n")


def test_the_slowest_checks_are_shown(ready: Computer) -> None:
    ready.change("nix", "echo 'bad good'", "echo 'good good good'")
    done = ready.run("check")
    assert done.returncode == 0
    _, _, slowest = done.stderr.partition("The slowest checks:\n")
    assert [line.split("  ")[1] for line in slowest.splitlines()] == ["good", "good", "good"]


def test_a_mirror_without_address_is_told(computer: Computer) -> None:
    for program in ("demo", "bench"):
        done = computer.run(program, "--mirror")
        assert done.returncode == 2
        assert done.stderr == f"{program}: error: --mirror needs an address after it\n"


@pytest.mark.parametrize("arguments", [["--mirror", "http://m"], ["--mirror=http://m"]])
def test_the_mirror_is_handed_on(ready: Computer, arguments: list[str]) -> None:
    ready.fetcher('echo "mirror $REHEARSE_DEBIAN_MIRROR" >&2; exit 1')
    done = ready.run("demo", *arguments)
    assert (done.returncode, done.stderr) == (1, "mirror http://m\n")


def test_the_demo_builds_and_says_where_the_result_lies(ready: Computer) -> None:
    done = ready.run("demo")
    assert (done.returncode, done.stdout) == (0, "")
    assert re.search(r"machine1: booted\nThe test passed; it took \d+ s", done.stderr)
    assert done.stderr.endswith(
        f"The result lies in {ready.folder}/output (also: {ready.checkout}/result):\n"
        "  console/machine1.log\n  log.txt\n"
    )
    assert ready.called("rehearse-debian") == [
        f"rehearse-debian fetch --checkout {ready.checkout} checks.x86_64-linux.debian-ping"
    ]
    (build,) = ready.called("nix build")
    assert build.endswith(
        "--option substitute false --no-warn-dirty -L "
        f"--out-link {ready.checkout}/result /nix/store/d-ping.drv^*"
    )


def test_the_demo_says_that_the_result_came_from_the_store(ready: Computer) -> None:
    ready.program("nix-store", ":")
    done = ready.run("demo")
    assert done.returncode == 0
    assert "The result came from the store: the test was not run again," in done.stderr
    (build,) = ready.called("nix build")
    assert build.endswith(f"--out-link {ready.checkout}/result {ready.folder}/output")


def test_the_demo_runs_from_a_link_to_it(ready: Computer) -> None:
    link = ready.folder / "linked"
    link.symlink_to(ready.checkout / "demo")
    (ready.checkout / "demo").rename(ready.checkout / "demo.sh")
    link.unlink()
    link.symlink_to(ready.checkout / "demo.sh")
    done = ready.run(str(Path("..") / "linked"))
    assert done.returncode == 0


def test_a_test_that_fails_fails_the_demo(ready: Computer) -> None:
    ready.change("nix", "build*)", "build*) exit 1;; never)")
    done = ready.run("demo")
    assert done.returncode == 2
    assert done.stderr.endswith(
        "demo: error: the test 'debian-ping' failed. "
        "What it logged: nix log /nix/store/d-ping.drv\n"
    )


def test_a_demo_that_cannot_be_evaluated_is_told(ready: Computer) -> None:
    ready.change("nix", "eval*.debian-ping*)", "eval*) exit 1;; never)")
    done = ready.run("demo")
    assert done.returncode == 2
    assert "error: the check 'debian-ping' cannot be evaluated (see above)" in done.stderr


def test_the_check_counts_and_names_what_failed(ready: Computer) -> None:
    done = ready.run("check")
    assert done.returncode == 1
    assert (
        done.stdout
        == "bad failed twice: nix log /nix/store/d-part.drv\n1 passed, 1 failed, 2 skipped\n"
    )
    assert "== bad (1 of 2) ==\nerror: builder for" in done.stderr
    assert re.search(r"failed: bad \(\d+ s\); once more, ", done.stderr)
    assert "flaky, which" not in done.stderr
    assert done.stderr.endswith(
        "== the end of what bad logged ==\nerror: builder for '/nix/store/d-part.drv' failed\n"
    )
    built = [call for call in ready.called("nix") if " build " in f" {call} "]
    assert all("--log-lines 1000" in call and "-L" not in call.split() for call in built)
    good = r"== good \(2 of 2\) ==\nmachine1: booted\npassed: good \(\d+ s\)\n"
    assert re.search(good, done.stderr)
    assert ready.called("rehearse-debian") == [
        f"rehearse-debian fetch --checkout {ready.checkout} "
        "checks.x86_64-linux.bad checks.x86_64-linux.good"
    ]


def test_what_checks_are_made_of_is_built_before_and_may_fail(ready: Computer) -> None:
    ready.program(
        "nix-store",
        """case $* in
*--print-invalid*) ;;
*references*d-bad.drv) printf '%s\\n' /nix/store/p-image.drv /nix/store/p-script.sh ;;
*references*) echo /nix/store/p-image.drv ;;
*) exit 1 ;;
esac""",
    )
    ready.change("nix", "build*d-bad*)", "build*p-image*) exit 1 ;; build*d-bad*)")
    done = ready.run("check")
    assert done.stdout.endswith("1 passed, 1 failed, 2 skipped\n")
    built = [call for call in ready.called("nix") if " build " in f" {call} "]
    assert built[0].endswith("--keep-going --max-jobs 2 /nix/store/p-image.drv^*")
    assert [sum(f"d-{name}" in call for call in built) for name in ("bad", "good")] == [2, 1]


def test_a_check_that_passes_when_built_again_is_named(ready: Computer) -> None:
    ready.change(
        "nix",
        "build*d-bad*)",
        f"build*d-bad*) [ ! -e {ready.folder}/tried ] || exit 0; touch {ready.folder}/tried;",
    )
    done = ready.run("check")
    assert (done.returncode, done.stdout) == (0, "2 passed, 0 failed, 2 skipped\n")
    assert "passed: bad, when it was built again\n" in done.stderr
    assert "== the end of what bad logged ==\nerror: builder for" in done.stderr
    assert done.stderr.endswith("(each failed once and passed when built again; see above): bad\n")


def test_the_check_passes_when_all_passed(ready: Computer) -> None:
    ready.program("nix-store", ":")
    done = ready.run("check")
    assert (done.returncode, done.stdout) == (0, "2 passed, 0 failed, 2 skipped\n")
    assert "passed: bad (before; the result came from the store)\n" in done.stderr


def test_a_check_that_cannot_be_evaluated_fails(ready: Computer) -> None:
    ready.change("nix", "'bad good'", "'broken good'")
    done = ready.run("check")
    assert done.returncode == 1
    assert done.stdout == (
        f"broken cannot be evaluated: nix eval '{FLAKE}#checks.x86_64-linux.broken.drvPath'\n"
        "1 passed, 1 failed, 2 skipped\n"
    )


def test_a_flake_that_cannot_be_evaluated_is_told(ready: Computer) -> None:
    ready.change("nix", "*attrNames*)", "*attrNames*) exit 1;; never)")
    done = ready.run("check")
    assert done.returncode == 2
    assert "check: error: the flake cannot be evaluated (see above)" in done.stderr


def test_a_flake_without_checks_is_told(ready: Computer) -> None:
    ready.change("nix", "'bad good'", "''")
    done = ready.run("check")
    assert done.returncode == 2
    assert "check: error: the flake has no checks.x86_64-linux" in done.stderr


def test_packages_that_cannot_be_fetched_end_it(ready: Computer) -> None:
    ready.fetcher("exit 1")
    for program in ("demo", "check"):
        done = ready.run(program)
        assert (done.returncode, done.stdout) == (1, "")


@pytest.mark.parametrize("mirror", [["--mirror", "http://m"], ["--mirror=http://m"], []])
def test_the_benchmark_is_built_and_run_with_its_own_options(
    ready: Computer, mirror: list[str]
) -> None:
    (ready.folder / "built/bin").mkdir(parents=True)
    (ready.folder / "built/bin/bench").symlink_to(ready.programs / "measure")
    ready.program("measure", 'echo "mirror ${REHEARSE_DEBIAN_MIRROR:-none}"; exit 7')
    ready.change("nix", "build*)", f"build*bench*) echo '{ready.folder}/built' ;;\nbuild*)")
    done = ready.run("bench", *mirror, "--only", "waits", "--quick")
    assert done.returncode == 7
    assert done.stdout == f"mirror {'http://m' if mirror else 'none'}\n"
    assert ready.called("bench") + ready.called("measure") == ["measure --only waits --quick"]
    assert ready.called("rehearse-debian") == [
        f"rehearse-debian fetch --checkout {ready.checkout} packages.x86_64-linux.bench"
    ]


def test_a_benchmark_that_cannot_be_built_is_told(ready: Computer) -> None:
    ready.change("nix", "build*)", "build*) exit 1;; never)")
    done = ready.run("bench")
    assert done.returncode == 2
    assert done.stderr.endswith("bench: error: the benchmark cannot be built (see above)\n")
