/**
  The serial port of machines in QEMU, as nixpkgs names it for their platform.

  Type: { pkgs, modulesPath } -> string

  Example: serialDevice { inherit pkgs modulesPath; } == "ttyS0"
*/
{ pkgs, modulesPath }:
let
  common = import (modulesPath + "/../lib/qemu-common.nix");
  # It asked for all packages once, and asks for the platform's tools only today.
  arguments = {
    inherit pkgs;
    inherit (pkgs) lib stdenv;
  };
in
(common (builtins.intersectAttrs (builtins.functionArgs common) arguments)).qemuSerialDevice
