"""Checks that run containers: what they take of Nix, and what is said where it is missing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from computer import Computer

# All that containers take, as `nix config show` prints it.
SETTINGS = {
    "auto-allocate-uids": "true",
    "experimental-features": "auto-allocate-uids cgroups flakes nix-command",
    "sandbox-paths": "/bin/sh=/x /dev/net?",
    "store": "auto",
    "system-features": "benchmark devnet kvm uid-range",
}
CGROUPS = "cgroup2 {folder} cgroup2 rw,relatime 0 0"


class Builder:
    """A computer with two checks, `good` and `box`; the second runs a container."""

    def __init__(self, computer: Computer) -> None:
        self.computer = computer
        self.settings = dict(SETTINGS)
        self.mounts = ["proc /proc proc rw 0 0", CGROUPS.format(folder=computer.home)]
        self.tun = "/dev/net/tun"  # which all users can open
        computer.program("python3", ":")
        computer.program("getent", ":")
        computer.fetcher("echo path:/nix/store/x-source")
        self.store = "case $* in *--print-invalid*) ;; *) exit 1 ;; esac"  # nothing was built
        computer.program("mknod", "exit 1")

    def check(self, *names: str) -> list[str]:
        """Run it; return what was said of `box` without its seconds, and the last line."""
        self._write()
        done = self.computer.run("check", *names)
        assert done.returncode == 0, done.stderr
        lines = (re.sub(r" \(\d+ s\)$", "", line) for line in done.stderr.splitlines())
        said = [line for line in lines if ": box" in line]
        return [*said, done.stdout.splitlines()[-1]]

    def problems(self) -> str:
        """Return what is said to be missing."""
        self._write()
        return self.computer.sh(
            "allow_containers; with_container_settings container_problems"
        ).stdout

    def _write(self) -> None:
        shown = "".join(
            f"*'config show {name}'*) printf %s '{value}' ;;\n"
            for name, value in self.settings.items()
        )
        self.computer.nix(
            "2.26.3",
            f"""{shown}*examples*attrNames*) ;;
*container-checks*attrNames*) echo box ;;
*attrNames*) echo good ;;
eval*.good*) echo "/nix/store/d-good.drv /nix/store/o-good" ;;
eval*container-checks.box*) echo "/nix/store/d-box.drv /nix/store/o-box" ;;
build*d-box*) printf '%s\\n' "$NIX_CONFIG" >"$HOME/config-box" ;;
build*) printf '%s\\n' "${{NIX_CONFIG:-}}" >"$HOME/config-good" ;;""",
        )
        self.computer.program("nix-store", self.store)
        mounts = self.computer.folder / "mounts"
        mounts.write_text("".join(f"{line}\n" for line in self.mounts))
        script = self.computer.checkout / "bootstrap/containers.sh"
        code = script.read_text().split("# of the test\n")[0]
        script.write_text(
            f"{code}# of the test\nmounts={mounts}\nnix_state={self.computer.home}/none\n"
            f"all_can_open() {{ [ $1 = '{self.tun}' ] || return 1\n"
            "[ $1 = /dev/net/tun ] || [ -e $1 ]; }\n"
        )


@pytest.fixture
def builder(computer: Computer) -> Builder:
    return Builder(computer)


def test_root_builds_them_with_settings_of_their_own(builder: Builder) -> None:
    home = builder.computer.home
    assert builder.check() == ["passed: box", "2 passed, 0 failed"]
    assert (home / "config-good").read_text() == "\n"
    assert (home / "config-box").read_text() == (
        "extra-experimental-features = auto-allocate-uids cgroups\nauto-allocate-uids = true\n"
        "extra-system-features = uid-range devnet\n"
        "extra-sandbox-paths = /dev/net/tun=/dev/net/tun?\n"
    )


def test_settings_of_the_caller_stay(builder: Builder) -> None:
    builder.computer.environment["NIX_CONFIG"] = "cores = 1"
    builder.check("box")
    config = (builder.computer.home / "config-box").read_text()
    assert config.startswith("cores = 1\nextra-experimental-features = auto-")


def test_one_is_built_by_its_name(builder: Builder) -> None:
    assert builder.check("box") == ["passed: box", "1 passed, 0 failed"]
    (fetched,) = builder.computer.called("rehearse-debian")
    assert fetched.endswith(" legacyPackages.x86_64-linux.container-checks.box")


def test_what_they_are_made_of_is_built_before(builder: Builder) -> None:
    references = "*references*d-box.drv) echo /nix/store/p-image.drv ;;"
    builder.store = builder.store.replace("*) exit", f"{references} *) exit")
    builder.check()
    built = builder.computer.called("nix build")
    assert built[0].endswith(" /nix/store/p-image.drv^*")


def test_a_daemon_with_what_they_take_builds_them(builder: Builder) -> None:
    builder.computer.user(1000)
    assert builder.check("box") == ["passed: box", "1 passed, 0 failed"]
    assert (builder.computer.home / "config-box").read_text() == "\n"


def test_they_are_skipped_where_settings_are_missing(builder: Builder) -> None:
    builder.computer.user(1000)
    builder.settings |= {"experimental-features": "flakes", "system-features": "kvm uid-range"}
    builder.settings |= {"auto-allocate-uids": "false", "sandbox-paths": ""}
    skipped = (
        "skipped: box: nix.conf lacks 'auto-allocate-uids = true', 'extra-experimental-features = "
        "auto-allocate-uids cgroups', 'extra-system-features = devnet', 'extra-sandbox-paths = "
        "/dev/net?' (docs/containers.md has the lines)"
    )
    assert builder.check() == [skipped, "1 passed, 0 failed, 1 skipped"]
    assert not (builder.computer.home / "config-box").exists()
    assert builder.check("box") == [skipped, "0 passed, 0 failed, 1 skipped"]
    assert builder.check("good") == ["1 passed, 0 failed"]
    assert [call.split()[-1] for call in builder.computer.called("rehearse-debian")] == [
        "checks.x86_64-linux.good",
        "checks.x86_64-linux.good",
    ]


@pytest.mark.parametrize(
    ("setting", "value", "lacking"),
    [
        ("auto-allocate-uids", "false", "'auto-allocate-uids = true'"),
        ("experimental-features", "cgroups", "'extra-experimental-features = auto-allocate-uids'"),
        ("experimental-features", "auto-allocate-uids", "'extra-experimental-features = cgroups'"),
        ("system-features", "devnet kvm", "'extra-system-features = uid-range'"),
        ("system-features", "uid-range devnets", "'extra-system-features = devnet'"),
        ("sandbox-paths", "/dev/netx /x=/dev/net", "'extra-sandbox-paths = /dev/net?'"),
    ],
)
def test_each_missing_setting_is_named(
    builder: Builder, setting: str, value: str, lacking: str
) -> None:
    builder.computer.user(1000)
    builder.settings[setting] = value
    assert builder.problems() == (f"nix.conf lacks {lacking} (docs/containers.md has the lines)")


def test_an_older_nix_is_asked_as_it_wants(builder: Builder) -> None:
    builder.computer.user(1000)
    assert builder.problems() == ""
    shown = "\n".join(f"{name} = {value}" for name, value in SETTINGS.items())
    builder.computer.program("nix", f"case $* in *show-config) echo '{shown}' ;; *) exit 1 ;; esac")
    assert builder.computer.sh("container_problems").stdout == ""
    builder.computer.change("nix", "auto-allocate-uids = true", "auto-allocate-uids = false")
    assert "'auto-allocate-uids = true'" in builder.computer.sh("container_problems").stdout


def test_a_user_does_not_set_what_a_daemon_does(builder: Builder) -> None:
    builder.computer.environment |= {"NIX_CONFIG": "auto-allocate-uids = true"}
    builder.settings |= {"store": "daemon", "auto-allocate-uids": "false"}
    assert "nix.conf lacks 'auto-allocate-uids = true' (" in builder.problems()
    code = 'nix_setting() { echo "<${NIX_CONFIG-unset} ${NIX_USER_CONF_FILES-unset}>" >&2; }\n'
    said = builder.computer.sh(f"uses_daemon() {{ :; }}\n{code}container_problems").stderr
    assert set(said.splitlines()) == {"< >"}
    said = builder.computer.sh(f"uses_daemon() {{ false; }}\n{code}container_problems").stderr
    assert set(said.splitlines()) == {"<auto-allocate-uids = true unset>"}


@pytest.mark.parametrize(
    ("paths", "device"),
    [
        ("/dev/net?", "/dev/net/tun"),
        ("/dev/net /dev/net/tun=/my/tun?", "/my/tun"),
        ("/dev/net/tun=/my/tun /dev/net=/other?", "/my/tun"),
        ("/dev/net=/my", "/my/tun"),
        ("/dev=/my?", "/my/net/tun"),
        ("/dev/net/tun2 /x=/dev/net/tun", ""),
        ("", ""),
    ],
)
def test_the_network_device_of_a_build_is_found(builder: Builder, paths: str, device: str) -> None:
    builder.settings["sandbox-paths"] = paths
    builder.problems()
    assert builder.computer.sh("sandbox_tun").stdout.strip() == device


def test_a_network_device_that_only_root_opens_is_told(builder: Builder) -> None:
    builder.computer.user(1000)
    builder.tun = "/elsewhere"
    assert builder.problems() == (
        "not all users can open /dev/net/tun: run 'modprobe tun; chmod 666 /dev/net/tun'"
    )


def test_root_makes_a_network_device_that_all_can_open(builder: Builder) -> None:
    cache = builder.computer.home / ".cache/rehearse"
    builder.tun = f"{cache}/tun"
    builder.settings["sandbox-paths"] = f"/dev/net? /dev/net/tun={cache}/tun?"
    builder.computer.program("mknod", 'touch "$3"')
    assert builder.problems() == ""
    assert builder.problems() == ""
    # Once.
    assert builder.computer.called("mknod") == [f"mknod -m 666 {cache}/tun c 10 200"]
    builder.check("box")
    config = (builder.computer.home / "config-box").read_text()
    assert config.endswith(f"extra-sandbox-paths = /dev/net/tun={cache}/tun?\n")


def test_what_is_no_device_is_replaced(builder: Builder) -> None:
    place = builder.computer.home / ".cache/rehearse/tun"
    place.parent.mkdir(parents=True)
    place.write_text("no device")
    builder.tun = "/elsewhere"
    builder.settings["sandbox-paths"] = ""
    builder.computer.program("mknod", 'echo device >"$3"')
    builder.problems()
    assert place.read_text() == "device\n"


@pytest.mark.parametrize("reason", ["mknod", "nodev", "path"])
def test_a_network_device_that_cannot_be_made_is_told(builder: Builder, reason: str) -> None:
    builder.tun = "/elsewhere"
    builder.settings["sandbox-paths"] = ""
    cache = builder.computer.home / ("a b" if reason == "path" else ".cache")
    builder.computer.environment["XDG_CACHE_HOME"] = str(cache)
    if reason != "mknod":
        # A link to nowhere stands for a device that the kernel does not open.
        builder.computer.program("mknod", 'ln -s /nowhere/tun "$3"')
    assert builder.problems() == (
        "not all users can open /dev/net/tun, and no other could be made in "
        f"{cache}/rehearse: run 'modprobe tun; chmod 666 /dev/net/tun'"
    )
    assert bool(builder.computer.called("mknod")) == (reason != "path")


def test_cgroups_of_version_1_alone_are_told(builder: Builder) -> None:
    builder.mounts = ["cgroup /sys/fs/cgroup/cpu cgroup rw,cpu 0 0"]
    assert builder.problems() == (
        "no cgroups of version 2 are mounted here: boot with "
        "'systemd.unified_cgroup_hierarchy=1', or run "
        "'mkdir -p /run/cgroup2 && mount -t cgroup2 cgroup2 /run/cgroup2'"
    )


def test_cgroups_that_cannot_be_written_are_told(builder: Builder) -> None:
    builder.mounts = [CGROUPS.format(folder="/nowhere")]
    assert builder.problems() == (
        "/nowhere, the cgroups of version 2, cannot be written: run 'mount -o remount,rw /nowhere'"
    )
    builder.computer.user(1000)  # it may be the daemon's to write
    assert builder.problems() == ""


def test_a_user_with_a_store_but_without_a_daemon_is_told(builder: Builder) -> None:
    builder.computer.user(1000)
    builder.problems()
    done = builder.computer.sh(f"nix_state={Path('/tmp')}\ncontainer_problems")
    assert done.stdout == (
        "Nix has no daemon here, and only root can build with a range of user ids: run this as root"
    )


def test_all_that_is_missing_is_told_together(builder: Builder) -> None:
    builder.computer.user(1000)
    builder.settings["auto-allocate-uids"] = "false"
    builder.tun = "/elsewhere"
    builder.mounts = []
    problems = builder.problems()
    assert (
        "nix.conf lacks 'auto-allocate-uids = true' (docs/containers.md has the lines); "
        in problems
    )
    assert "; not all users can open /dev/net/tun: run " in problems
    assert "; no cgroups of version 2 are mounted here: " in problems
