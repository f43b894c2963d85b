# Random faults of three machines that run: whatever has gone wrong in an example, the next one begins with all well.
{
  name = "debian-stateful-faults";
  acceleration = "never";
  nodes = {
    a = {
      warmStart = true;
      powerCuts = true;
    };
    b.warmStart = true;
    c.warmStart = true;
  };
  testScript = ''
    from test_driver.stateful import PlannedFault, StateMachine, faults, rule, running


    class Cluster(StateMachine):
        def __init__(self) -> None:
            super().__init__()
            a.succeed("ping -c 1 -W 5 b", "ping -c 1 -W 5 c", "echo kept >/root/file; sync")

        @rule(fault=faults("partition", "cut", "unplug"))
        def part(self, fault: PlannedFault) -> None:
            fault()

        @rule(fault=faults("impair"))
        def impair(self, fault: PlannedFault) -> None:
            fault()

        @rule(fault=faults("pause", "disk", "clock", "cpu", "power"))
        def hurt(self, fault: PlannedFault) -> None:
            fault()

        @rule(machine=running)
        def crash(self, machine: Machine) -> None:
            machine.crash()


    start_all()
    for machine in machines:
        machine.wait_for_unit("multi-user.target")
    Cluster.run(max_examples=12, steps=5, seconds=40, seed=int(os.environ.get("SEED", "0")))
    log.info(f"examples begin with {len(running.now())} machines")
  '';
}
