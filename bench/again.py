# ruff: noqa: F821
"""A small test of two machines, to be run many times in a row: `bench/run bench/again.py debian-ping 50`."""

start_all()
one, two = machines[:2]
for machine in (one, two):
    machine.wait_for_unit("multi-user.target")
    machine.succeed("echo $(hostname) >/tmp/name")
    machine.wait_for_file("/tmp/name")
one.succeed(f"ping -c 1 {two.name}")
two.succeed(f"ping -c 1 {one.name}")
with one.spawn("sleep 100") as handle:
    assert handle.poll() is None
two.copy_from_machine("/etc/hosts", "two")
one.shutdown()
two.crash()
