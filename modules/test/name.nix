{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.name = mkOption {
    type = types.str;
    example = "two machines ping each other";
    description = ''
      Names the test: in its log, in its report, and in the derivation `vm-test-run-<name>`, where what a store
      path cannot hold becomes a dash.
    '';
  };
}
