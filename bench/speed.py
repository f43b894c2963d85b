# ruff: noqa: F821, T201, E402
"""How long a command takes, in turn with nixpkgs' protocol on the same guest; how late waits end."""

import socket
import statistics
import time

ROUNDS = 60

serial_stdout_off()
machine.wait_for_unit("multi-user.target")
machine.execute("true")
port = machine._channels.lanes[1][0]
terminal = socket.socket(socket.AF_UNIX)
terminal.connect(str(port))
machine.execute(
    "exec bash --norc <>/dev/virtio-ports/test-driver-lane-1-out >&0 2>/dev/null",
    check_output=False,
)
stream = terminal.makefile("rwb", buffering=0)


def nixpkgs() -> None:
    stream.write(b"bash -c 'set -euo pipefail; true' | (base64 -w 0; echo)\n")
    stream.readline()
    stream.write(b"echo ${PIPESTATUS[0]}\n")
    assert stream.readline() == b"0\n"


def rehearse() -> None:
    assert machine.execute("true") == (0, "")


taken = {nixpkgs: [], rehearse: []}
for _ in range(ROUNDS):
    for command, times in taken.items():
        started = time.monotonic()
        command()
        times.append((time.monotonic() - started) * 1000)
for command, times in taken.items():
    print(f"{command.__name__}: median {statistics.median(times):.1f} ms, least {min(times):.1f} ms")
medians = [statistics.median(times) for times in taken.values()]
print(f"ratio {medians[1] / medians[0]:.2f}")
terminal.close()

machine.succeed(
    "mkdir -p /run/systemd/system; printf '[Service]\\nType=oneshot\\nRemainAfterExit=yes\\n"
    "ExecStart=/bin/true\\n' >/run/systemd/system/late@.service; systemctl daemon-reload"
)
LISTEN = "IO::Socket::INET->new(LocalPort => $ARGV[0], Listen => 5)"
EVENTS = {
    "file": ("touch /tmp/file{0}", lambda n: machine.wait_for_file(f"/tmp/file{n}")),
    "port": (
        f"perl -MIO::Socket -e 'my $s = {LISTEN}; open F, q(>/tmp/listens{{0}}); sleep 60' 70{{0:02d}} & "
        "until [ -e /tmp/listens{0} ]; do :; done",
        lambda n: machine.wait_for_open_port(7000 + n),
    ),
    "command": ("touch /tmp/flag{0}", lambda n: machine.wait_until_succeeds(f"test -e /tmp/flag{n}")),
    "unit": ("systemctl start late@{0}", lambda n: machine.wait_for_unit(f"late@{n}.service")),
}
for name, (event, wait) in EVENTS.items():
    late = []
    for number in range(12):
        # The guest notes when it has happened, and what time it is when the wait is over.
        machine.execute(
            f"(sleep 2; {event.format(number)}; echo $EPOCHREALTIME >/tmp/when) >/dev/null 2>&1 &"
        )
        wait(number)
        times = machine.succeed(
            "echo $EPOCHREALTIME; until [ -s /tmp/when ]; do :; done; cat /tmp/when; rm /tmp/when"
        ).split()
        late.append((float(times[0]) - float(times[1])) * 1000)
    print(f"{name}: over {statistics.median(late):.0f} ms after it happened (median), a command included")
