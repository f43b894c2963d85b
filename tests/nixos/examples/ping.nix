# Two machines reach each other by their names: the usual form of a test, and nothing more.
{
  name = "Two machines ping each other";

  nodes = {
    # Nothing is added to what every machine has.
    machine1 = { pkgs, ... }: { };
    machine2 = { pkgs, ... }: { };
  };

  # NixOS starts this target for services that want it, and these machines have none.
  defaults.systemd.targets.network-online.wantedBy = [ "multi-user.target" ];

  # machine1 and machine2 are Python objects, and host names in the network.
  testScript = ''
    machine1.wait_for_unit("network-online.target")
    machine2.wait_for_unit("network-online.target")

    machine1.succeed("ping -c 1 machine2")
    machine2.succeed("ping -c 1 machine1")
  '';
}
