# Results that survive a failure.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;

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
  options = declare {
    keepFailures = { };
    report = { };
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
