"""Show what admission does for the memory of a host: many tests at once, sampled.

Each test has two Debian machines that fill their memory. Nix builds all of them at once, and
meanwhile the resident memory of all QEMUs is added up, five times a second. The drivers are told
that the host has less memory than it has; without admission, the machines of all tests together
need `--tests` times two times `--memory`.

    python3 benchmarks/admission.py                # 8 tests of 2 x 512 MiB, within 3072 MiB
    python3 benchmarks/admission.py --without      # the same without admission
    python3 benchmarks/admission.py --tests 16 --memory 160 --machines-at-once 3

It needs Nix, and the packages of the checkout in the store. It builds new derivations each time.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[1]
OVERHEAD_MIB = 256  # as lib/shared/resources.nix has it
LOG = Path(tempfile.gettempdir(), "rehearse-admission.log")
SAMPLE_SECONDS = 0.2
# Most of the memory that a guest can have for files, so that its QEMU has nearly all of it.
FILL = "mount -o remount,size=95% /dev/shm; dd if=/dev/zero of=/dev/shm/f bs=1M count={count}"
EXPRESSION = """
let
  flake = builtins.getFlake "git+file://{checkout}";
  one = number: flake.lib.debian.runTest {{
    name = "admission-{stamp}-${{toString number}}";
    nodes = {{
      a.memorySize = {memory};
      b.memorySize = {memory};
    }};
    extraDriverArgs = [ {arguments} ];
    globalTimeout = 1200;
    testScript = ''
      start_all()
      for machine in (a, b):
          machine.wait_for_unit("multi-user.target")
      for machine in (a, b):
          machine.succeed("{fill}")
    '';
  }};
in
builtins.genList one {tests}
"""


def main() -> None:
    """Build the tests, and print the figures."""
    options = _options()
    limit = options.host_memory
    if options.machines_at_once is not None:
        limit = options.machines_at_once * (options.memory + OVERHEAD_MIB)
    arguments = '"--admission=off"' if options.without else f'"--host-memory={limit}"'
    expression = EXPRESSION.format(
        checkout=CHECKOUT,
        stamp=int(time.time()),
        memory=options.memory,
        arguments=arguments,
        tests=options.tests,
        fill=FILL.format(count=max(options.memory - 160, 1)),
    )
    nix = ["nix", "build", "--impure", "--no-link", "--keep-going", "--print-build-logs"]
    began = time.monotonic()
    with (
        LOG.open("w") as log,
        subprocess.Popen(
            [*nix, "--max-jobs", str(options.tests), "--expr", expression],
            stdout=log,
            stderr=log,
        ) as build,
    ):
        most, machines = _sampled(build, options.memory)
    sys.stdout.write(
        f"{options.tests} tests, {'no admission' if options.without else f'{limit} MiB'}:\n"
        f"  exit status {build.returncode}, {time.monotonic() - began:.0f} s\n"
        f"  at most {most:.0f} MiB in {machines} machines at once; the log: {LOG}\n"
    )


def _sampled(build: "subprocess.Popen[bytes]", memory: int) -> tuple[float, int]:
    """Return the most memory that all QEMUs with so much had at a time, and the most QEMUs."""
    most, machines = 0.0, 0
    while build.poll() is None:
        processes = Path("/proc").glob("[0-9]*")
        found = [mib for mib in (_resident(one, memory) for one in processes) if mib]
        most, machines = max(most, sum(found)), max(machines, len(found))
        time.sleep(SAMPLE_SECONDS)
    return most, machines


def _resident(process: Path, memory: int) -> float:
    """Return the memory of a process in MiB if it is a QEMU whose guest has so much, else 0."""
    try:
        command = (process / "cmdline").read_bytes()
        text = (process / "status").read_text(errors="replace")
    except OSError:
        return 0.0
    # Not by the name of the process, which may be that of the dynamic linker.
    if b"qemu-system-" not in command or b"\0-m\0%d\0" % memory not in command:
        return 0.0
    found = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    return sum(int(found.get(key, "0 kB").split()[0]) for key in ("RssAnon", "RssShmem")) / 1024


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--tests", type=int, default=8, metavar="N")
    parser.add_argument("--memory", type=int, default=512, metavar="MIB", help="of each machine")
    parser.add_argument("--host-memory", type=int, default=3072, metavar="MIB")
    parser.add_argument("--machines-at-once", type=int, metavar="N", help="instead: room for N")
    parser.add_argument("--without", action="store_true", help="without admission")
    return parser.parse_args()


if __name__ == "__main__":
    main()
