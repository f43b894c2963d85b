# Two machines reach each other by their names.
{
  name = "ping";

  nodes = {
    machine1 = { };
    machine2 = { };
  };

  testScript = ''
    start_all()

    for machine in [machine1, machine2]:
        machine.wait_for_unit("network.target")

    machine1.wait_until_succeeds("ping -c 1 machine2", timeout=60)
    machine2.wait_until_succeeds("ping -c 1 machine1", timeout=60)
  '';
}
