# ruff: noqa: F821, PT009 - the driver gives the names
"""A network of machines that are switched on and off: whoever is up answers, nobody else does."""

from test_driver.stateful import StateMachine, rule, running, stopped, variants


class Network(StateMachine):
    """One to four machines, each with a kernel and a memory of its own."""

    @rule(machine=stopped, variant=variants)
    def boot(self, machine: Machine, variant: dict[str, object]) -> None:
        """Switch a machine on, made anew. The next command waits until it is up."""
        machine.cleanup_statedir()
        machine.use_variant(**variant)
        machine.start()

    @rule(machine=running)
    def shutdown(self, machine: Machine) -> None:
        """Switch a machine off."""
        machine.crash()

    @rule(source=running, target=machines)
    def ping(self, source: Machine, target: Machine) -> None:
        """Whoever is up answers."""
        up = target.is_up()
        self.boot_all({source, target} if up else {source})
        status, _ = source.execute(f"ping -c 1 -W {5 if up else 1} {target.name}")
        t.assertEqual(status == 0, up, f"{target.name} is {'up' if up else 'off'}")
