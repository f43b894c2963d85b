"""Builders: named when they cannot be used, and left when they are lost."""

from ..support.fake_flake import FakeFlake
from ..support.rehearse_program import rehearse_test

BIG = "ssh-ng://big"
SMALL = "ssh-ng://small"
BUILDERS = f"{BIG} x86_64-linux - 2 1 kvm ; {SMALL} x86_64-linux - 1 1"


def builders_of(flake: FakeFlake) -> dict[str, str]:
    """Return where each derivation was sent, nothing for this machine."""
    found = {}
    for call in flake.calls("build"):
        place = len(call) - 1 - call[::-1].index("--builders")
        found[call[-1].rpartition("-")[2].removesuffix(".drv^*")] = call[place + 1].split(" ")[0]
    return found


def test_tests_are_sent_where_they_can_run(flake: FakeFlake) -> None:
    flake.world["settings"] = {"max-jobs": 0}
    flake.test("kvm", features=["kvm"], seconds=0.2)
    flake.test("plain", seconds=0.2)
    done = rehearse_test(flake, "--builders", BUILDERS)
    assert done.returncode == 0, done.stderr
    assert builders_of(flake) == {"kvm": BIG, "plain": SMALL}
    assert f"passed  kvm  6.5 s on {BIG}" in done.stderr


def test_a_test_that_no_machine_can_build_is_named_before_anything_is_built(
    flake: FakeFlake,
) -> None:
    flake.world["settings"] = {"system-features": ["nixos-test"]}
    flake.test("kvm", features=["kvm"])
    flake.test("plain")
    done = rehearse_test(flake, "--builders", f"{SMALL} x86_64-linux - 1 1 big-parallel")
    assert done.returncode == 3
    said = (
        "cannot be built: kvm: it needs x86_64-linux with kvm; this machine builds x86_64-linux "
        f"with nixos-test; {SMALL} builds x86_64-linux with big-parallel"
    )
    assert said in done.stderr
    assert done.stderr.index(said) < done.stderr.index("passed  plain")
    assert "error  kvm: it needs x86_64-linux with kvm" in done.stdout
    assert flake.runs("kvm") == 0


def test_a_builder_that_gives_no_answer_is_named_and_not_used(flake: FakeFlake) -> None:
    flake.world["answers"] = {SMALL: "error: failed to start SSH connection to 'small'"}
    flake.test("web")
    flake.test("db")
    done = rehearse_test(flake, "--max-jobs", "0", "--builders", BUILDERS)
    assert done.returncode == 0, done.stderr
    assert (
        f"builder {SMALL} cannot be reached and is not used: error: failed to start SSH "
        "connection to 'small'\n" in done.stderr
    )
    assert set(builders_of(flake).values()) == {BIG}


def test_a_daemon_may_reach_a_builder_that_we_do_not(flake: FakeFlake) -> None:
    flake.world["answers"] = {SMALL: "error: no"}
    flake.world["store"] = {"url": "daemon", "trusted": 0}
    flake.test("web")
    done = rehearse_test(flake, "--max-jobs", "0", "--builders", f"{SMALL} x86_64-linux - 1 1")
    assert done.returncode == 0, done.stderr
    assert f"builder {SMALL} cannot be reached from here, but maybe by Nix' daemon" in done.stderr
    (call,) = flake.calls("build")
    assert call.count("--builders") == 1  # the person's own, and no choice of ours


def test_nothing_can_build(flake: FakeFlake) -> None:
    flake.test("web")
    done = rehearse_test(flake, "--max-jobs", "0")
    assert done.returncode == 3
    assert "it needs x86_64-linux; this machine builds nothing (max-jobs is 0)" in done.stdout


def test_a_run_that_is_lost_runs_again_elsewhere(flake: FakeFlake) -> None:
    flake.test("web", ends=["lost", 0])
    done = rehearse_test(flake, "--max-jobs", "0", "--builders", BUILDERS)
    assert done.returncode == 0, done.stderr
    assert f"web: lost on {SMALL}: error: Nix daemon disconnected" in done.stderr
    assert f"builder {SMALL} is used no more: error: cannot connect to it" in done.stderr
    assert "passed  web  6.5 s on ssh-ng://big  (retried)" in done.stderr
    assert flake.runs("web") == 2


def test_a_run_is_lost_if_no_machine_is_left(flake: FakeFlake) -> None:
    flake.test("web", ends=["lost"])
    done = rehearse_test(flake, "--max-jobs", "0", "--builders", f"{SMALL} x86_64-linux - 1 1")
    assert done.returncode == 3
    assert "error  web: lost: no machine is left" in done.stdout


def test_what_all_need_is_built_first(flake: FakeFlake) -> None:
    image = "/nix/store/y-image.drv"
    for name in ("web", "db"):
        flake.test(name, inputs={image: {"outputs": ["out"]}, f"/nix/store/{name}.drv": ["out"]})
    done = rehearse_test(flake)
    assert done.returncode == 0, done.stderr
    assert flake.calls("build")[0][-1] == f"{image}^out"


def test_an_input_that_fails_is_named_and_built_once(flake: FakeFlake) -> None:
    image = "/nix/store/y-image.drv"
    for name in ("web", "db"):
        flake.test(name, inputs={image: {"outputs": ["out"]}})
    flake.world["builds"][image] = {"folder": str(flake.store), "ends": [1], "report": ""}
    flake.write()
    done = rehearse_test(flake)
    assert done.returncode == 3
    assert "error  web: an input of the test failed to build: image: builder for" in done.stdout
    assert len(flake.calls("build")) == 1


def test_the_parts_of_a_test_run_at_once(flake: FakeFlake) -> None:
    flake.test("web", parts=3)
    rehearse_test(flake, "--max-jobs", "4")
    (call,) = flake.calls("build")
    assert call[call.index("--max-jobs", call.index("--max-jobs") + 1) + 1] == "3"
