# A machine in QEMU and two containers on one network: what needs a kernel of its own stands beside what does not.
{
  name = "containers";

  containers = {
    database =
      { config, ... }:
      {
        services.redis.servers."" = {
          enable = true;
          bind = null;
          settings.protected-mode = "no";
        };
        networking.firewall.allowedTCPPorts = [ config.services.redis.servers."".port ];
      };

    client =
      { pkgs, ... }:
      {
        environment.systemPackages = [ pkgs.redis ];
      };
  };

  nodes.gateway = {
    boot.kernel.sysctl."net.ipv4.ip_forward" = 1;
  };

  testScript =
    { nodes, containers }:
    ''
      start_all()

      with subtest("the database keeps what the client writes"):
          database.wait_for_unit("redis.service")
          database.wait_for_open_port(${toString containers.database.services.redis.servers."".port})
          client.succeed("redis-cli -h database set curtain up")
          database.reboot()
          database.wait_for_unit("redis.service")
          t.assertEqual(client.succeed("redis-cli -h database get curtain").strip(), "up")

      with subtest("machines of both kinds reach each other"):
          gateway.wait_for_unit("network.target")
          gateway.succeed("ping -c 1 client")
          client.succeed("ping -c 1 ${nodes.gateway.networking.primaryIPAddress}")
          t.assertEqual(gateway.succeed("cat /proc/sys/net/ipv4/ip_forward").strip(), "1")
    '';
}
