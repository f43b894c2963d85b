# Machines made from Debian packages, on the same networks as the others.
{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  inherit (lib) mkOption types;

  debian = import ../../lib/debian {
    inherit (hostPkgs.stdenv.hostPlatform) system;
    lock = config.debianLock;
  };
  machines = debian.machines {
    nodes = config.debian;
    sshBackdoor = config.sshBackdoor.enable;
    names = lib.attrNames config.allMachines;
    hosts = import ../../lib/nixos/hosts.nix { inherit lib; } config.allMachines;
  };
in
{
  options = {
    debian = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = lib.literalExpression ''
        {
          client.packages = [ "curl" ];
        }
      '';
      description = ''
        Machines of the test by name, made from Debian packages: each an attribute set, as the guide to Debian nodes
        describes it. They are numbered, addressed and named together with {option}`nodes`; a script that is a
        function can ask for `debian`.
      '';
    };

    debianLock = mkOption {
      type = types.path;
      default = ../../lib/debian/debian.lock.json;
      defaultText = lib.literalMD "the lock of this project";
      example = lib.literalExpression "./debian.lock.json";
      description = "Lock file of the packages that {option}`debian` machines may have, made with `rehearse-debian lock`.";
    };
  };

  config = {
    # Names first: the values depend on all of them.
    machinesByKind.debian = lib.mapAttrs (name: _: machines.${name}) config.debian;
    scriptNames.debian = lib.mapAttrs (name: _: name) config.debian;
    driverMachines = lib.mapAttrs (name: _: machines.${name}.driverMachine) config.debian;
    scriptArguments.debian = machines;
    passthru.debian = machines;
  };
}
