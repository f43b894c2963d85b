/**
  How many disks and network cards a machine can have at most: QEMU's machine types `pc` and `q35` have room for 30 devices on
  their PCI bus.

  Type: { own :: int, disks :: int, cards :: int, options :: [ argument ] } -> null or string

  `own` is the number of devices that the machine has besides. The string says what is wrong. Nothing is wrong as far as
  this function knows if `options` have a bridge: a device behind a bridge needs no room on this bus.

  Example: import ./pci-devices.nix { own = 9; disks = 30; cards = 1; options = [ ]; }
*/
{
  own,
  disks,
  cards,
  options,
}:
let
  room = 30;
  all = own + disks + cards;
  hasBridge = builtins.match ".*(bridge|root-port|switch).*" (toString options) != null;
in
if all <= room || hasBridge then
  null
else
  "its ${toString disks} empty disks and ${toString cards} network cards are too many: with ${toString own} devices of its own they are ${toString all}, and there is room for ${toString room} on QEMU's PCI bus. Leave out ${toString (all - room)}."
