# The cards by which a machine in QEMU is in the networks of its test.
{ config, lib, ... }:
let
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; } config;
  inherit (config.virtualisation.test) nodeName nodeNumber;
  inherit (import ../../lib/shared/addresses.nix { } nodeName nodeNumber) mac;
  # A snapshot's are in networks of their own, and have other machines' addresses later.
  plugged = lib.imap1 (
    card: interface:
    if config.testing.warmStart.isSaved then
      {
        inherit (interface) name;
        vlan = card;
        mac = (import ../../lib/shared/addresses.nix { } "machine" 1).mac card;
      }
    else
      {
        inherit (interface) name vlan;
        mac = mac interface.vlan;
      }
  ) interfaces;
in
{
  virtualisation.qemu.options = lib.concatLists (
    lib.imap1 (card: interface: [
      "-device virtio-net-pci,netdev=vlan${toString card},mac=${interface.mac}"
      "-netdev vde,id=vlan${toString card},sock=\"$QEMU_VDE_SOCKET_${toString interface.vlan}\""
    ]) plugged
  );

  # By their hardware addresses, which udev compares in lower case.
  boot.initrd.services.udev.rules = lib.concatMapStrings (interface: ''
    SUBSYSTEM=="net",ACTION=="add",ATTR{address}=="${lib.toLower interface.mac}",NAME="${interface.name}"
  '') plugged;
}
