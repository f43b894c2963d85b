# Definitions of a machine in QEMU that cannot work. The test refuses them with the reason before anything is built.
#
# They are no `assertions` of the machine: its system depends on those, and the arguments of QEMU name its system.
{ config, lib, ... }:
let
  inherit (config) virtualisation;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; } config;
  inherit (virtualisation.qemu) options;

  ports = lib.filter (rule: rule.from == "host") virtualisation.forwardPorts;
  portsTwice = map (
    port: "`virtualisation.forwardPorts` forwards port ${port} of the host twice. It can lead to one port only."
  ) (import ../../lib/shared/forwarded-ports.nix ports);

  onPci = (virtualisation.qemu.diskInterface or "virtio") == "virtio";
  tooManyDevices = import ../../lib/shared/pci-devices.nix {
    # What every machine has: the user network, random numbers, panics, serial ports; and folders of the host.
    own = 4 + lib.length (lib.attrNames virtualisation.sharedDirectories);
    disks = if onPci then lib.length virtualisation.emptyDiskImages else 0;
    cards = lib.length interfaces;
    inherit options;
  };
  problems =
    map (problem: "`virtualisation.qemu.options`: ${problem}") (
      (import ../../lib/shared/qemu-arguments.nix).nixos options
    )
    ++ portsTwice
    ++ lib.optional (tooManyDevices != null) tooManyDevices;
in
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).node {
    "virtualisation.test.problems" = { };
  };

  config.virtualisation.test.problems = map (
    problem: "node `${virtualisation.test.nodeName}`: ${problem}"
  ) problems;
}
