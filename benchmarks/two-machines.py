"""A small test of two machines, to be run many times in a row.

    nix build .#checks.x86_64-linux.debian-ping.driver
    for run in $(seq 50); do
      result/bin/nixos-test-driver --test-script benchmarks/two-machines.py \
        --output_directory /tmp/again 2>/tmp/again.log || break
    done; echo "the last run was $run"
"""

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
