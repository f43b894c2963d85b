# Two machines ping each other by name.
{
  name = "seed-ping";

  nodes = {
    # Nothing is added to what every machine has.
    machine1 = { };
    machine2 = { };
  };

  # machine1 and machine2 are Python objects, and host names in the network.
  testScript = ''
    # Both machines boot at once.
    start_all()

    # No service of these machines asks for the target: the script does.
    machine1.systemctl("start network-online.target")
    machine2.systemctl("start network-online.target")
    machine1.wait_for_unit("network-online.target")
    machine2.wait_for_unit("network-online.target")

    machine1.succeed("ping -c 1 machine2")
    machine2.succeed("ping -c 1 machine1")

    with subtest("the machines reach each other by IPv6"):
        machine1.succeed("ping -6 -c 1 machine2")
        machine2.succeed("ping -6 -c 1 machine1")
  '';
}
