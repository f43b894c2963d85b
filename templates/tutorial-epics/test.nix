# An EPICS IOC sets the voltage of a power supply, and reads it back.
let
  tools = {
    source = ./ca-tools.py;
    mode = "0755";
  };
in
{
  name = "seed-epics";

  # The node: one machine with the IOC, and with a program in place of the power supply.
  nodes.machine = {
    packages = [
      "libca-dev"
      "python3"
    ];

    files = {
      "/srv/epics/ioc".source = ./ioc;
      "/srv/epics/psu.db".source = ./psu.db;
      "/srv/epics/psu.proto".source = ./psu.proto;
      "/srv/epics/simulator.py".source = ./simulator.py;
      "/usr/local/bin/caRepeater" = tools;
      "/usr/local/bin/caget" = tools;
      "/usr/local/bin/caput" = tools;
    };

    services = {
      ioc = {
        description = "IOC of the power supply";
        serviceConfig = {
          Type = "notify";
          # Longer than systemd's 90 s: a busy computer without KVM is that slow.
          TimeoutStartSec = 600;
          ExecStart = "/usr/bin/python3 /srv/epics/ioc /srv/epics/psu.db PS1=127.0.0.1:9999";
        };
        wantedBy = [ "multi-user.target" ];
      };
      simulator = {
        description = "Simulated power supply";
        serviceConfig.ExecStart = "/usr/bin/python3 /srv/epics/simulator.py";
        wantedBy = [ "multi-user.target" ];
      };
      ca-repeater = {
        description = "Repeater of Channel Access";
        serviceConfig.ExecStart = "/usr/local/bin/caRepeater";
        wantedBy = [ "multi-user.target" ];
      };
    };
  };

  # The script.
  testScript = ''
    start_all()

    with subtest("check services"):
        machine.wait_for_unit("ioc.service")
        machine.wait_for_unit("simulator.service")
        machine.wait_for_unit("default.target")

        machine.wait_for_open_port(9999)

    # Prefer using 'wait_until_succeeds', since the 'ioc.service' being active
    # doesn't necessarily mean that a PV has its value. A minute is enough for
    # a busy computer without KVM.
    machine.wait_until_succeeds("caget VOLT-RB", timeout=60)
    machine.fail("caget unknown-PV")

    with subtest("check voltage"):
        # Initial value is zero
        machine.succeed("caget -t VOLT-RB | grep -qxF '0'")

        machine.succeed("caput VOLT 42")

        def check_value(_last_call: bool) -> bool:
            """Check whether the VOLT-RB PV is 42."""
            value = float(machine.succeed("caget -t VOLT-RB"))
            machine.log(f"VOLT-RB is {value:g}")
            return value == 42.0

        retry(check_value, timeout=60)

    with subtest("check that the voltage is the instrument's"):
        # Without the power supply, the value that is known stays, and is marked.
        machine.succeed("systemctl stop simulator.service")
        machine.wait_until_succeeds("caget -t VOLT-RB.SEVR | grep -qxF INVALID", timeout=60)
        machine.succeed("caput VOLT 7")
        machine.succeed("caget -t VOLT-RB | grep -qxF '42'")

        # A power supply that was switched on again is at zero, whatever the IOC has put before.
        machine.succeed("systemctl start simulator.service")
        machine.wait_until_succeeds("caget -t VOLT-RB.SEVR | grep -qxF NO_ALARM", timeout=60)
        machine.succeed("caget -t VOLT-RB | grep -qxF '0'")
  '';
}
