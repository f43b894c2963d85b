# The program that starts the container.
{ config, lib, pkgs, ... }:
let
  inherit (lib) escapeShellArg escapeShellArgs mkOption types;
  cfg = config.virtualisation;
  inherit (cfg.test) nodeName nodeNumber;
  inherit (config.system) name;
  addresses = import ../../lib/shared/addresses.nix { } nodeName nodeNumber;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; } config;
  card = interface: "${interface.name} ${toString interface.vlan} ${addresses.mac interface.vlan}\n";
in
{
  options.virtualisation = {
    cmdline = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "systemd.log_level=debug" ];
      description = "Arguments for the container's first program, which is systemd.";
    };

    rootDir = mkOption {
      type = types.str;
      default = "./${name}-root";
      defaultText = lib.literalExpression "\"./\${config.system.name}-root\"";
      example = "/var/tmp/root";
      description = ''
        Folder with the container's files, which is made unless it is there. A relative one lies where the driver keeps
        what belongs to the machine.
      '';
    };

    writableStore = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Lets the container add paths to its Nix store, for tests that copy a system into it. They lie in
        {option}`virtualisation.rootDir`; the store of the computer stays as it is. Where the kernel refuses an overlay in the
        sandbox of a build, each store path that the build has is mounted for itself, which takes some milliseconds each.
      '';
    };

    systemd-nspawn = {
      package = mkOption {
        type = types.package;
        default = pkgs.systemd;
        defaultText = lib.literalExpression "pkgs.systemd";
        example = lib.literalExpression "pkgs.systemdMinimal";
        description = "Package whose `systemd-nspawn` runs the container.";
      };
      options = mkOption {
        type = types.listOf types.str;
        default = [ ];
        example = [ "--bind-ro=/srv/data" ];
        description = "Arguments of `systemd-nspawn`, besides those that the test needs.";
      };
    };
  };

  config = {
    virtualisation.systemd-nspawn.options =
      lib.optional (!cfg.writableStore) "--bind-ro=${builtins.storeDir}"
      ++ lib.mapAttrsToList (credential: one: "--load-credential=${credential}:${one.source}") (cfg.credentials or { });

    system.build.nspawn = pkgs.writeShellScriptBin "run-${name}-nspawn" ''
      export PATH=${
        lib.makeBinPath [
          cfg.systemd-nspawn.package
          pkgs.coreutils
          pkgs.iproute2
          pkgs.util-linux
          pkgs.vde2
        ]
      }
      export machine=${escapeShellArg name} root=${escapeShellArg cfg.rootDir}
      export store=${builtins.storeDir} writable_store=${lib.optionalString cfg.writableStore "1"}
      export interfaces=${escapeShellArg (lib.concatMapStrings card interfaces)}
      exec unshare --net --mount -- ${pkgs.runtimeShell} ${../../lib/nixos/start-container.sh} ${escapeShellArgs cfg.systemd-nspawn.options} \
        "$@" -- ${config.system.build.toplevel}/init ${escapeShellArgs cfg.cmdline}
    '';
  };
}
