# Whether tests begin from a snapshot of this machine instead of booting it.
{
  config,
  lib,
  options,
  extendModules,
  ...
}:
let
  inherit (lib) mkOption types;
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
  options.testing.warmStart = mkOption {
    type = types.coercedTo types.bool (enable: { inherit enable; }) (
      types.submodule {
        options = {
          enable = mkOption {
            type = types.bool;
            default = false;
            example = true;
            description = ''
              Lets tests begin from a snapshot instead of booting one. A derivation of its own boots the machine
              alone, waits until systemd has done all its jobs, and keeps memory, devices and disks; machines with the same
              definition but for their names and networks share it, in all tests. The store of such a machine is an
              image, and folders of the host are not in it.
            '';
          };
          condition = mkOption {
            type = types.str;
            default = "";
            example = "postgresql.service";
            description = ''
              What must hold before the snapshot is taken: a unit that is active, or a shell command that succeeds.
            '';
          };
          newMachineId = mkOption {
            type = types.bool;
            default = false;
            example = true;
            description = ''
              Gives each machine that begins from the snapshot a machine id and SSH host keys of its own, not those
              of the snapshot.
            '';
          };
          isSaved = mkOption {
            type = types.bool;
            default = false;
            internal = true;
            description = "Whether this is the configuration of the snapshot, which has no name and no address.";
          };
          saved = mkOption {
            type = types.raw;
            readOnly = true;
            default =
              (extendModules {
                modules = [ (import ./snapshot-system.nix { machine = config; }) ];
              }).config;
            defaultText = lib.literalMD "this configuration without name and addresses";
            internal = true;
            description = "The configuration of the snapshot.";
          };
          become = mkOption {
            type = types.raw;
            readOnly = true;
            default = identity.onRestore;
            defaultText = lib.literalMD "set by the framework";
            internal = true;
            description = "What makes the snapshot this one, as the driver is told.";
          };
        };
      }
    );
    default = { };
    example = true;
    description = "Begins tests from a snapshot, if it is `true`; the attributes below say more.";
  };

  config.system.build.vm = lib.mkIf (cfg.enable && !cfg.isSaved) (
    lib.mkForce (if reasons == [ ] then vm else throw refusal)
  );
}
