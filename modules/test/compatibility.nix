# Whose meaning the methods of machines have where nixpkgs' driver and this one differ on purpose.
{ config, lib, ... }:
{
  options.compatibility = lib.mkOption {
    type = lib.types.enum (import ../../lib/shared/compatibility.nix);
    default = "rehearse";
    example = "nixpkgs";
    description = ''
      Says whose meaning the methods of machines have where they differ on purpose: `"rehearse"` is what this project's
      documentation says; `"nixpkgs"` is what nixpkgs' driver does, for example in the default time limits, in waits for
      inactive units, and in the output of background processes. `docs/nixos-nodes.md` lists all differences.

      The default is `"nixpkgs"` for tests that come through the overlay, `lib.testers` or `lib/testing-python.nix`.
    '';
  };

  config.driverConfiguration = { inherit (config) compatibility; };
}
