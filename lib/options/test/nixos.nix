# Options of a test of NixOS machines alone, by subject: its machines, their packages, the driver, the derivation, a matrix.
import ./nixos-machines.nix
// import ./nixos-packages.nix
// import ./nixos-driver.nix
// import ./nixos-run.nix
// import ./nixos-matrix.nix
