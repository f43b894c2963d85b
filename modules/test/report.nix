# Results that survive a failure.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;

  run =
    attributes:
    hostPkgs.stdenv.mkDerivation (final: config.rawTestDerivationArg final // attributes final);
  # One run of the test. Those of `repeat` differ by a number and nothing else.
  runs =
    suffix: attributes:
    let
      report = config.checked (
        run (_: attributes // { name = "vm-test-report-${config.name}${suffix}"; keepFailure = "1"; })
      );
      named = final: { name = (config.rawTestDerivationArg final).name + suffix; };
      verdict = hostPkgs.stdenv.mkDerivation (
        final:
        {
          inherit (config.rawTestDerivationArg final) meta passthru;
          inherit report;
          reportDerivation = builtins.unsafeDiscardStringContext report.drvPath;
          buildCommand = ". ${../../lib/shared/check-report.sh}";
        }
        // named final
      );
    in
    {
      inherit report;
      test = config.checked (
        if config.keepFailures then verdict else run (final: attributes // named final)
      );
    };
  first = runs "" { };
in
{
  options = {
    keepFailures = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Makes a run that fails a result like any other: it is kept in the store with its report, and not repeated until
        something changes. The test is then a small derivation over its `report`, which there is in any case.
      '';
    };

    report = mkOption {
      type = types.package;
      internal = true;
      readOnly = true;
      description = "The derivation that runs the test and builds whether it passes or not.";
    };
  };

  config = {
    inherit (first) report;
    rawTestDerivation = first.test;

    passthru = {
      report = lib.lazyDerivation {
        derivation = config.report;
        inherit (config) meta;
      };
      # Number of runs -> { "1" = derivation; ... }; the numbers are attributes, too.
      repeat = import ../../lib/shared/repeat.nix { inherit (config) name; } (
        number:
        let
          again = runs "-repeat-${number}" { repetition = number; };
        in
        lib.lazyDerivation {
          derivation = again.test;
          inherit (config) meta;
          passthru = config.passthru // { inherit (again) report; };
        }
      );
    };
  };
}
