# Whether tests begin from a snapshot of this machine instead of booting it.
{
  config,
  lib,
  options,
  extendModules,
  ...
}:
let
  inherit (lib) types;
  declare = import ../../lib/options/declare.nix { inherit lib; };
  cfg = config.testing.warmStart;
  inherit (config.virtualisation.host) pkgs;

  # What tells the machine from others with the same definition, and the system that has none of it.
  identity = import ../../lib/nixos/identity.nix { inherit lib; } {
    machine = config;
    inherit (cfg) saved;
  };
  reasons = import ./warm-start-assertions.nix { inherit lib; } {
    machine = config;
    inherit (cfg) saved;
    inherit options;
  };
  refusal = lib.concatMapStringsSep "\n" (
    reason: "rehearse: node `${config.virtualisation.test.nodeName}`: testing.warmStart: ${reason}"
  ) reasons;

  sockets = lib.imap1 (
    card: interface: ''QEMU_VDE_SOCKET_${toString card}="''${QEMU_VDE_SOCKET_${toString interface.vlan}-}"''
  ) identity.cards;
  forwards = lib.optional (identity.forwards != "") (
    "QEMU_NET_OPTS=" + lib.escapeShellArg identity.forwards + ''"''${QEMU_NET_OPTS:+,$QEMU_NET_OPTS}"''
  );

  # The snapshot's start script, with what only this machine has. What the guest learns of it when it is booted lies
  # in a file of the firmware's; a machine that was not booted is told by the driver.
  vm = pkgs.writeShellScriptBin "run-${config.system.name}-vm" ''
    exec env ${lib.concatStringsSep " " (sockets ++ forwards)} \
      ${cfg.saved.system.build.vm}/bin/run-${cfg.saved.system.name}-vm \
      -fw_cfg name=opt/rehearse/identity,file=${pkgs.writeText "identity" identity.onBoot} "$@"
  '';
in
{
  options = declare.node {
    "testing.warmStart".type = types.coercedTo types.bool (enable: { inherit enable; }) (
      declare.submodule (import ../../lib/options/node.nix)."testing.warmStart".type {
        saved.default =
          (extendModules {
            modules = [ (import ./snapshot-system.nix { machine = config; }) ];
          }).config;
        become.default = identity.onRestore;
      }
    );
  };

  config.system.build.vm = lib.mkIf (cfg.enable && !cfg.isSaved) (
    lib.mkForce (if reasons == [ ] then vm else throw refusal)
  );
}
