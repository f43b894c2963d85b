/**
  Why a machine cannot be saved, if it cannot: each reason names the option, and what to write instead.

  Type: { lib } -> { machine, saved :: NixOS configuration; options } -> [ string ]
*/
{ lib }:
{
  machine,
  saved,
  options,
}:
let
  own = [
    "nix-store"
    "shared"
    "xchg"
  ];
  folders = lib.subtractLists own (lib.attrNames machine.virtualisation.sharedDirectories);
  isShared =
    fileSystem:
    lib.elem fileSystem.fsType [
      "9p"
      "virtiofs"
    ];
  mounts = lib.filterAttrs (_: isShared) saved.fileSystems;
  argument = import ../../lib/shared/shared-folder.nix saved.virtualisation.qemu.options;
  storeOfHost = options.virtualisation.mountHostNixStore;

  folder =
    what:
    "a machine with a folder of the host (${what}) cannot be saved. Put what is in it into the machine with `environment.etc` or `virtualisation.additionalPaths`, or copy it with copy_from_host in the script.";
  together =
    option: reason:
    "a machine with `${option}` cannot be saved, because ${reason}. Leave one of the two out.";
  inherit (lib) optional;
in
map (name: folder "`virtualisation.sharedDirectories.${name}`") folders
++ lib.mapAttrsToList (
  place: fileSystem: folder "`virtualisation.fileSystems.\"${place}\"`, of type ${fileSystem.fsType}"
) mounts
++ optional (argument != null) (
  folder "`virtualisation.qemu.options`: ${builtins.toJSON argument}"
)
++ optional (machine.virtualisation.mountHostNixStore && storeOfHost.highestPrio < 1500)
  "a machine with the store of the host (`virtualisation.mountHostNixStore = true`) cannot be saved. Leave the option out: its store is an image then, with its system and `virtualisation.additionalPaths`."
++ optional (!machine.services.qemuGuest.enable) "a machine without the guest agent (`services.qemuGuest.enable = false`) cannot be saved, because the driver sets its name and addresses through the agent. Leave one of the two out."
++ optional machine.virtualisation.useEFIBoot (
  together "virtualisation.useEFIBoot" "the variables of its firmware belong to one test"
)
++ optional machine.virtualisation.useBootLoader (
  together "virtualisation.useBootLoader" "it boots from a disk with the real names of its system"
)
++ optional (machine.virtualisation.tpm.enable or false) (
  together "virtualisation.tpm.enable" "its TPM is a process beside QEMU"
)
