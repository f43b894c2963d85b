{
  description = "Tests of two Debian machines in files of pytest";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    {
      checks.x86_64-linux.web = rehearse.lib.debian.runTest (import ./web.nix);

      # Each check by its name alone, for `nix run .#web.pytest` and `nix run .#web.driverInteractive`.
      legacyPackages = self.checks;

      # pytest and Python with the driver, for `nix develop` and for editors.
      inherit (rehearse) devShells;
    };
}
