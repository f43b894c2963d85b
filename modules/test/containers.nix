# Machines that are containers, each a NixOS configuration that systemd-nspawn runs.
test@{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  inherit (lib) mkOption types;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; };
  scriptName = import ../../lib/nixos/script-name.nix { inherit lib; };
in
{
  options = {
    containers = mkOption {
      type = types.lazyAttrsOf config.container.type;
      default = { };
      example = lib.literalExpression ''
        {
          cache = { services.redis.servers."".enable = true; };
        }
      '';
      visible = "shallow";
      description = ''
        Machines of the test by name, as {option}`nodes` are, but containers of systemd-nspawn: they start within a
        second or two and share the kernel of the computer that runs the test. They are numbered, addressed and named
        together with {option}`nodes`, and are on the same networks. Whoever runs the test must be root; a build takes
        Nix' feature `uid-range` and `/dev/net/tun` in its sandbox.
      '';
    };

    containerDefaults = mkOption {
      type = types.deferredModule;
      default = { };
      example = { services.openssh.enable = true; };
      description = "NixOS configuration that is added to all {option}`containers`.";
    };

    container.type = mkOption {
      type = types.raw;
      internal = true;
      default = import ../../lib/nixos/machine-type.nix test {
        defaults = [ config.containerDefaults ];
        base = [ ../container ];
      };
      defaultText = lib.literalMD "NixOS as a container";
      description = "Type of the values of {option}`containers`: a NixOS configuration.";
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
      lib.nameValuePair (scriptName attribute).name {
        aliases = (scriptName attribute).aliases container;
        start_command = [ "${container.system.build.nspawn}/bin/run-${container.system.name}-nspawn" ];
        vlans = lib.unique (map (interface: interface.vlan) (interfaces container));
        # They take what they need of the host's.
        memory_mib = 1;
        cores = 1;
        container = true;
      }
    ) config.containers;
  };
}
