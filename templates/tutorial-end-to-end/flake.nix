{
  description = "A ledger behind nginx, tested from another machine";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    {
      checks.x86_64-linux.seed-end-to-end = rehearse.lib.debian.runTest (import ./test.nix);

      # Each check by its name alone, for `nix run .#seed-end-to-end.driverInteractive`.
      legacyPackages = self.checks;

      # The command, and what fetches Debian's packages.
      inherit (rehearse) apps;
    };
}
