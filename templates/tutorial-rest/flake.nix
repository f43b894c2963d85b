{
  description = "A REST interface over PostgreSQL, and a client";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    {
      checks.x86_64-linux.seed-rest = rehearse.lib.debian.runTest (import ./test.nix);

      # Each check by its name alone, for `nix run .#seed-rest.driverInteractive`.
      legacyPackages = self.checks;

      # The command, and what fetches Debian's packages.
      inherit (rehearse) apps;
    };
}
