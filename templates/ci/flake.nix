{
  description = "Tests that CI runs, on several machines";

  # What your registry calls it (nix registry add rehearse ADDRESS), or its address. `nix flake lock` writes the address into
  # flake.lock, which CI reads: commit that file.
  inputs.rehearse.url = "flake:rehearse";

  outputs =
    { self, rehearse, ... }:
    let
      inherit (rehearse.lib.debian) runTest;
      tests = {
        hello = runTest (import ./tests/hello.nix);
        ping = runTest (import ./tests/ping.nix);
        web = runTest (import ./tests/web.nix);
      };
      suite = rehearse.lib.suite {
        name = "all";
        inherit tests;
      };
    in
    {
      # For `nix run . -- test .#checks.x86_64-linux`, for `nix flake check`, and for buildbot-nix.
      checks.x86_64-linux = tests;

      # Each check by its name alone, for `nix run .#web.driverInteractive`.
      legacyPackages = self.checks;

      # The command, and what fetches Debian's packages.
      inherit (rehearse) apps;

      # For Hydra: the page with all reports, and a job that fails when a test failed.
      hydraJobs = {
        inherit suite;
        inherit (suite) verdict;
      };
    };
}
