# The cards by which a machine in QEMU is in the networks of its test.
{ config, lib, ... }:
let
  interfaces = import ../../lib/interfaces.nix { inherit lib; } config;
  inherit (config.virtualisation.test) nodeName nodeNumber;
  inherit (import ../../lib/addresses.nix { } nodeName nodeNumber) mac;
in
{
  virtualisation.qemu.options = lib.concatLists (
    lib.imap1 (card: interface: [
      "-device virtio-net-pci,netdev=vlan${toString card},mac=${mac interface.vlan}"
      "-netdev vde,id=vlan${toString card},sock=\"$QEMU_VDE_SOCKET_${toString interface.vlan}\""
    ]) interfaces
  );

  # By their hardware addresses, which udev compares in lower case.
  boot.initrd.services.udev.rules = lib.concatMapStrings (interface: ''
    SUBSYSTEM=="net",ACTION=="add",ATTR{address}=="${lib.toLower (mac interface.vlan)}",NAME="${interface.name}"
  '') interfaces;
}
