# Machines that are containers, each a NixOS configuration that systemd-nspawn runs.
test@{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; };
  driverConfiguration = import ../../lib/shared/driver-configuration.nix;
  scriptName = import ../../lib/nixos/script-name.nix { inherit lib; };
in
{
  options = declare {
    containers.type = lib.types.lazyAttrsOf config.container.type;
    containerDefaults = { };
    "container.type".default = import ../../lib/nixos/machine-type.nix test {
      defaults = [ config.containerDefaults ];
      base = [ ../container ];
    };
  };

  config = {
    _module.args.containers = config.containers;
    machinesByKind = { inherit (config) containers; };
    scriptNames.containers = lib.mapAttrs (attribute: _: (scriptName attribute).name) config.containers;
    passthru = { inherit (config) containers; };
    scriptArguments = { inherit (config) containers; };

    assertions = [
      {
        assertion = config.containers == { } || hostPkgs.stdenv.hostPlatform.isLinux;
        message = "`containers` share the kernel of the computer that runs the test, so that must be a Linux, but `hostPkgs` are for ${hostPkgs.stdenv.hostPlatform.system}: make them `nodes`.";
      }
    ];

    driverMachines = lib.mapAttrs' (
      attribute: container:
      lib.nameValuePair (scriptName attribute).name (driverConfiguration.machine {
        aliases = (scriptName attribute).aliases container;
        startCommand = [ "${container.system.build.nspawn}/bin/run-${container.system.name}-nspawn" ];
        vlans = lib.unique (map (interface: interface.vlan) (interfaces container));
        # They take what they need of the host's.
        memorySize = 1;
        cores = 1;
        container = true;
        ssh = config.sshBackdoor.enable;
      })
    ) config.containers;
  };
}
