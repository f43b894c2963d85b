"""The scripts that start containers, on computers that lack something: what they say.

Programs that the scripts call are stand-ins on PATH: nothing is mounted, and nobody is root.
"""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2]
SHELL = shutil.which("dash") or shutil.which("sh") or "sh"
REAL = "cat cp ls mkdir mkfifo rm sleep".split()


class Computer:
    """A folder with programs, in which scripts run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.programs = folder / "tools/bin"
        self.programs.mkdir(parents=True)
        for name in REAL:
            found = shutil.which(name)
            assert found is not None, name
            (self.programs / name).symlink_to(found)
        for name in ("ip", "mount", "unshare", "systemd-nspawn"):
            self.program(name, ":")
        self.program("systemd-nspawn", "echo started")
        # They would change the computer that runs this test.
        make = f'exec {shutil.which("mkdir")} "$@"'
        self.program("mkdir", f'case "$*" in "-p /run"*) ;; *) {make} ;; esac')

    def program(self, name: str, code: str) -> None:
        """Put a stand-in in the place of a program."""
        path = self.programs / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!{SHELL}\n{code}\n")
        path.chmod(0o755)

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command that finds the stand-ins."""
        return subprocess.run(
            command,
            env={"PATH": str(self.programs), **environment},
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=30,
        )

    def start(self, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the start script of a container whose root another script makes."""
        (self.folder / "make-root.sh").write_text(":\n")
        (self.folder / "cards.sh").write_text("echo ready\nexec sleep 60\n")
        given = {
            "machine": "box",
            "root": "root",
            "interfaces": "",
            "make_root": str(self.folder / "make-root.sh"),
            "CONTAINER_CARDS": f"{SHELL} {self.folder}/cards.sh",
            "SHARED_DIR": "/tmp",
        }
        script = str(SOURCE / "lib/shared/start-container.sh")
        return self.run(SHELL, script, **{**given, **environment})

    def make_root(self) -> subprocess.CompletedProcess[str]:
        """Run the script that makes the root of a Debian container, in its start script."""
        for name in ("images/archive", "identity", "root/etc"):
            (self.folder / name).mkdir(parents=True)
        for name in ("hostname", "hosts"):
            (self.folder / "identity" / name).touch()
        return self.start(
            make_root=str(SOURCE / "lib/debian/container-root.sh"),
            images="/nix/store/archive/root.tar",
            identity=str(self.folder / "identity"),
            CONTAINER_IMAGES=str(self.folder / "images"),
        )


@pytest.fixture
def computer(tmp_path: Path) -> Computer:
    return Computer(tmp_path)


def test_a_container_without_systemd_nspawn_is_refused(computer: Computer) -> None:
    (computer.programs / "systemd-nspawn").unlink()
    done = computer.start()
    assert done.returncode == 1
    assert done.stderr == (
        f"run-box-nspawn: error: systemd-nspawn not found in {computer.programs}. The package "
        "that runs containers must have it (NixOS: virtualisation.systemd-nspawn.package).\n"
    )


@pytest.mark.skipif(
    Path("/sys/fs/cgroup/cgroup.controllers").exists(),
    reason="this computer has cgroups mounted, and the script mounts none",
)
def test_a_kernel_without_cgroups_of_version_2_is_told(computer: Computer) -> None:
    computer.program("mount", 'echo "mount: $*: unknown filesystem type" >&2; exit 32')
    done = computer.start()
    assert done.returncode == 1
    assert done.stderr == (
        "mount: -t cgroup2 cgroup2 /sys/fs/cgroup: unknown filesystem type\n"
        "run-box-nspawn: error: cannot mount cgroups of version 2 on /sys/fs/cgroup (see above), "
        "which systemd needs in a container. The kernel must have them, and a build needs Nix' "
        "system feature uid-range.\n"
    )


def test_a_container_that_does_not_start_leaves_no_process(computer: Computer) -> None:
    (computer.folder / "failing.sh").write_text("nosuch\n")
    began = time.monotonic()
    # What is left of it would hold its output open.
    assert computer.start(make_root=str(computer.folder / "failing.sh")).returncode == 127
    assert time.monotonic() - began < 20


def test_a_kernel_without_overlays_for_users_is_told(computer: Computer) -> None:
    computer.program("mount", 'echo "mount: $2: permission denied" >&2; exit 32')
    done = computer.make_root()
    assert done.returncode == 1
    assert done.stderr == (
        "mount: overlay: permission denied\n"
        "run-box-nspawn: error: cannot mount an overlay on its root (see above). In a build, the "
        "kernel must let a user namespace do that: use Linux 5.11 or newer, with the module "
        "overlay (modprobe overlay).\n"
    )


def test_images_are_not_unpacked_without_the_right_to_mount(computer: Computer) -> None:
    holder = computer.folder / "holder"
    tools = str(computer.folder / "tools")
    built = computer.run(
        SHELL,
        "-c",
        f"chmod() {{ :; }}; . {SOURCE / 'lib/debian/image-holder.sh'}",
        out=str(holder),
        builder="busybox",
        tools=tools,
        hold="/nowhere",
    )
    assert built.returncode == 0, built.stderr
    script = str(holder / "bin/hold-images")
    computer.program("unshare", 'echo "unshare: Operation not permitted" >&2; exit 1')
    done = computer.run(SHELL, script)
    assert done.returncode == 1
    assert done.stderr == (
        "unshare: Operation not permitted\n"
        "A mount namespace cannot be made (see above): containers take root with all "
        "capabilities. Run the test as root (in docker, with --privileged). A build needs Nix' "
        "system feature uid-range.\n"
    )
    computer.program("unshare", 'echo "$@"')
    done = computer.run(SHELL, script, "archive")
    assert (done.returncode, done.stdout) == (
        0,
        f"--mount -- true\n--mount -- {tools}/bin/dash /nowhere archive\n",
    )
