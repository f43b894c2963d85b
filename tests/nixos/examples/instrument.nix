# A control system and its instrument, which is simulated. Values come late, and the script asks again.
{ pkgs, ... }:
let
  program =
    name:
    pkgs.writeShellScriptBin name ''
      exec ${pkgs.python3}/bin/python3 ${./control-system.py} ${name} "$@"
    '';

  # Has what a test needs of EPNix, a flake with EPICS for NixOS, by the same names. Behind them is one small program.
  epnix = {
    epics-base = pkgs.symlinkJoin {
      name = "epics-base";
      paths = map program [
        "caget"
        "caput"
      ];
    };
    psu-simulator = program "psu-simulator";

    # Makes a systemd service of each IOC.
    nixosModules.ioc =
      { lib, ... }:
      let
        service =
          { config, ... }:
          {
            options = {
              app = lib.mkOption {
                type = lib.types.str;
                description = "Name of the application.";
              };
              ioc = lib.mkOption {
                type = lib.types.str;
                description = "Name of the folder below `iocBoot`.";
              };
              config = lib.mkOption {
                type = lib.types.raw;
                readOnly = true;
                description = "The service, for `systemd.services`.";
              };
            };
            config.config = {
              description = "IOC ${config.ioc} of ${config.app}";
              wantedBy = [ "multi-user.target" ];
              wants = [ "network-online.target" ];
              after = [ "network-online.target" ];
              serviceConfig.ExecStart = lib.getExe (program "ioc");
            };
          };
      in
      {
        options.epnix.nixos.services = lib.mkOption {
          type = lib.types.attrsOf (lib.types.submodule service);
          default = { };
          description = "IOCs of this machine.";
        };
      };
  };

  # What the project under test says of its IOC.
  epnixConfig.epnix.nixos.services.ioc = {
    app = "example";
    ioc = "iocExample";
  };
in
{
  name = "instrument";

  nodes.machine =
    { config, lib, ... }:
    {
      imports = [
        epnix.nixosModules.ioc
        epnixConfig
      ];
      environment.systemPackages = [ epnix.epics-base ];

      systemd.services = {
        ioc = config.epnix.nixos.services.ioc.config;
        simulator = {
          serviceConfig.ExecStart = lib.getExe epnix.psu-simulator;
          wantedBy = [ "multi-user.target" ];
        };
      };
    };

  testScript = ''
    start_all()

    with subtest("the services run"):
        machine.wait_for_unit("ioc.service")
        machine.wait_for_unit("simulator.service")
        machine.wait_for_unit("default.target")
        machine.wait_for_open_port(9999)

    # The unit is active before the IOC has read the instrument.
    machine.wait_until_succeeds("caget VOLT-RB", timeout=10)
    machine.fail("caget unknown-PV")

    with subtest("the voltage follows"):
        machine.succeed("caget -t VOLT-RB | grep -qxF '0'")

        machine.succeed("caput VOLT 42")

        def is_reached(last: bool) -> bool:
            value = float(machine.succeed("caget -t VOLT-RB"))
            if last:
                machine.log(f"the last voltage was {value}")
            return value == 42.0

        retry(is_reached, timeout=10)
  '';
}
