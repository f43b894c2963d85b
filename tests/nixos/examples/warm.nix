# Machines that begin from a saved one, which two of them share: nothing is booted, and each has a name and addresses of its own.
{
  name = "warm";

  nodes = {
    server = {
      testing.warmStart = {
        enable = true;
        condition = "nginx.service";
      };
      virtualisation.vlans = [
        1
        2
      ];
      services.nginx = {
        enable = true;
        virtualHosts.default.locations."/".return = "200 'the curtain is up'";
      };
      networking.firewall.allowedTCPPorts = [ 80 ];
    };

    near =
      { pkgs, ... }:
      {
        testing.warmStart = true;
        environment.systemPackages = [ pkgs.curl ];
      };

    far =
      { pkgs, ... }:
      {
        testing.warmStart = {
          enable = true;
          newMachineId = true;
        };
        virtualisation.vlans = [ 2 ];
        environment.systemPackages = [ pkgs.curl ];
      };
  };

  testScript =
    { nodes }:
    ''
      import time

      start_all()
      with subtest("they were not booted"):
          for machine in machines:
              t.assertNotIn("Linux version", machine.get_console_log())

      with subtest("each has its own name and addresses"):
          for machine in machines:
              t.assertEqual(machine.succeed("hostname"), f"{machine.name}\n")
              t.assertIn(machine.name, machine.succeed("getent hosts 127.0.0.2"))
          t.assertIn(" ${nodes.near.networking.primaryIPAddress}/24 ", near.succeed("ip -oneline address show dev eth1"))
          t.assertIn(" ${nodes.far.networking.primaryIPAddress}/24 ", far.succeed("ip -oneline address show dev eth1"))
          near.succeed("ping -c 1 server", "ping -6 -c 1 server")
          far.fail("ping -c 1 -W 1 near")

      with subtest("what ran when the server was saved runs"):
          t.assertIn("curtain", near.succeed("curl --fail --silent http://server/"))
          t.assertIn("curtain", far.succeed("curl --fail --silent http://192.168.2.3/"))

      with subtest("the clock is right"):
          for machine in machines:
              t.assertAlmostEqual(float(machine.succeed("date +%s.%N")), time.time(), delta=2)

      with subtest("random numbers differ, and machine ids where that is asked for"):
          t.assertEqual(len({machine.succeed("head -c 16 /dev/urandom | od -x") for machine in machines}), 3)
          t.assertNotEqual(near.succeed("cat /etc/machine-id"), far.succeed("cat /etc/machine-id"))

      with subtest("a reboot and a crash are as ever"):
          near.crash()
          near.start()
          far.reboot()
          for machine in (near, far):
              t.assertIn("Linux version", machine.get_console_log())
              machine.wait_for_unit("multi-user.target")
              t.assertEqual(machine.succeed("hostname"), f"{machine.name}\n")
          t.assertIn("curtain", near.succeed("curl --fail --silent http://server/"))
          t.assertIn("curtain", far.succeed("curl --fail --silent http://192.168.2.3/"))
    '';
}
