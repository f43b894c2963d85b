{
  description = "A desktop with Firefox, which shows pages of another machine";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    {
      checks.x86_64-linux = {
        seed-desktop = rehearse.lib.debian.runTest (import ./test.nix);
        # From snapshots, which a first build makes.
        seed-desktop-warm = rehearse.lib.debian.runTest (import ./warm.nix);
      };

      # Each check by its name alone, for `nix run .#seed-desktop.driverInteractive`.
      legacyPackages = self.checks;

      # The command, and what fetches Debian's packages.
      inherit (rehearse) apps;
    };
}
