"""Boot a machine alone, wait until it has settled, and save its snapshot for warm starts."""

from pathlib import Path

condition = os.environ["condition"]

machine.start()
# Degraded is a verdict on the machine's units, which is for its tests to give.
state = machine.execute("systemctl is-system-running --wait")[1].strip()
t.assertIn(state, ("running", "degraded"), "the machine does not come to rest")
if condition.endswith((".service", ".target", ".socket", ".timer", ".mount")) and " " not in condition:
    machine.wait_for_unit(condition)
elif condition:
    machine.wait_until_succeeds(condition)
for script in ("generalize", "trimMemory"):
    machine.succeed(Path(os.environ[script]).read_text())
machine.save_machine(os.environ["out"])
