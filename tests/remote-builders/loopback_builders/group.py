"""Several builders, and the environment in which Nix knows them."""

import os
import signal
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from loopback_builders.builder import Builder
from loopback_builders.tools import Tools

__all__ = ["Builders"]

OWN_VARIABLES = ("PYTHONDONTWRITEBYTECODE", "PYTHONHOME", "PYTHONNOUSERSITE", "PYTHONPATH")


class Builders:
    """Builders named builder1, builder2, ... in a private folder.

    Example:
        with Builders(count=2, tools=Tools.from_environment()) as builders:
            subprocess.run(["nix", "build", ".#test"], env=builders.environment())
    """

    def __init__(
        self,
        *,
        count: int,
        tools: Tools,
        slots: int = 1,
        features: tuple[str, ...] = ("kvm", "nixos-test"),
    ) -> None:
        """Describe `count` builders with `slots` builds at once each."""
        self._count, self._tools, self._slots, self._features = count, tools, slots, features
        self._open = ExitStack()
        self.builders: list[Builder] = []
        self.folder = Path()

    def __enter__(self) -> "Builders":
        """Start the builders. From here on, SIGTERM and SIGHUP end this program with a clean-up."""
        for caught in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(caught, lambda number, _: sys.exit(128 + number))
        with ExitStack() as opening:
            made = tempfile.TemporaryDirectory(prefix="builders-")
            self.folder = Path(opening.enter_context(made)).resolve()
            key = self.folder / "key"
            self._tools.make_key(key)
            self._write_ssh()
            for number in range(1, self._count + 1):
                builder = Builder(
                    name=f"builder{number}",
                    folder=self.folder / str(number),
                    key=key,
                    tools=self._tools,
                    slots=self._slots,
                    features=self._features,
                )
                self.builders.append(opening.enter_context(builder))
            self.write_hosts()
            self._open = opening.pop_all()
        return self

    def _write_ssh(self) -> None:
        """Write an ssh that takes no /bin/sh: Nix lets it run a command to hear of its start."""
        program = self.folder / "bin/ssh"
        program.parent.mkdir()
        shell = self.folder / "bin/shell"
        for path, text in (
            (shell, f'exec {self._tools.shell} sh "$@"\n'),
            (program, f'SHELL={shell} exec {self._tools.ssh}/bin/ssh "$@"\n'),
        ):
            path.write_text(f"#!{self._tools.shell} sh\n{text}")
            path.chmod(0o700)

    def write_hosts(self) -> None:
        """Write what ssh's client is to know; to be called after a builder was started again."""
        text = "".join(builder.ssh_host for builder in self.builders)
        (self.folder / "ssh.conf").write_text(text)

    def environment(self, *, local_jobs: int = 0) -> dict[str, str]:
        """Return variables for a Nix that builds on these builders, and `local_jobs` itself."""
        lines = " ; ".join(builder.line for builder in self.builders)
        # What this Python was started with is not for others.
        others = {name: text for name, text in os.environ.items() if name not in OWN_VARIABLES}
        return {
            **others,
            "PATH": f"{self.folder}/bin:{os.environ['PATH']}",
            "NIX_SSHOPTS": f"-F {self.folder}/ssh.conf",
            "NIX_CONFIG": f"{os.environ.get('NIX_CONFIG', '')}\nbuilders = {lines}\n"
            f"max-jobs = {local_jobs}\nbuilders-use-substitutes = false\n",
        }

    def __exit__(self, *exception: object) -> None:
        """End all builders and remove the folder."""
        self._open.close()
