# The program that starts the container.
{ config, lib, pkgs, ... }:
let
  inherit (lib) escapeShellArg escapeShellArgs;
  declare = (import ../../lib/options/declare.nix { inherit lib; }).container;
  cfg = config.virtualisation;
  inherit (cfg.test) nodeName nodeNumber;
  inherit (config.system) name;
  addresses = import ../../lib/shared/addresses.nix { } nodeName nodeNumber;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; } config;
  # NixOS sets the addresses itself.
  card = interface: "${interface.name} ${toString interface.vlan} ${addresses.mac interface.vlan} - -\n";
in
{
  options = declare {
    "virtualisation.cmdline" = { };
    "virtualisation.rootDir".default = "./${name}-root";
    "virtualisation.writableStore" = { };
    "virtualisation.systemd-nspawn.package".default = pkgs.systemd;
    "virtualisation.systemd-nspawn.options" = { };
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
        ]
      }
      export machine=${escapeShellArg name} root=${escapeShellArg cfg.rootDir}
      export make_root=${../../lib/nixos/container-root.sh} store=${builtins.storeDir} writable_store=${lib.optionalString cfg.writableStore "1"}
      export interfaces=${escapeShellArg (lib.concatMapStrings card interfaces)}
      exec unshare --net --mount -- ${pkgs.runtimeShell} ${../../lib/shared/start-container.sh} ${escapeShellArgs cfg.systemd-nspawn.options} \
        "$@" -- ${config.system.build.toplevel}/init ${escapeShellArgs cfg.cmdline}
    '';
  };
}
