{
  description = "A web server and a client, made from Debian packages";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    {
      checks.x86_64-linux.web = rehearse.lib.debian.runTest (import ./web.nix);

      # Each check by its name alone, for `nix run .#web.driverInteractive`.
      legacyPackages = self.checks;

      # The program `rehearse`, and `debian`, which fetches Debian packages.
      inherit (rehearse) apps;
    };
}
