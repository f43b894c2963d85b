# Results that survive a failure.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;

  run =
    attributes:
    hostPkgs.stdenv.mkDerivation (final: config.rawTestDerivationArg final // attributes final);
  nameWith = suffix: final: { name = (config.rawTestDerivationArg final).name + suffix; };
  # A derivation that runs nothing, in place of the one that runs the test.
  insteadOfRun =
    suffix: attributes:
    hostPkgs.stdenv.mkDerivation (
      final:
      { inherit (config.rawTestDerivationArg final) meta passthru; } // attributes // nameWith suffix final
    );
  # One run. Those of `repeat` and of files differ by what the name ends with, and by these attributes.
  single =
    suffix: attributes:
    let
      report = config.checked (
        run (_: attributes // { name = "vm-test-report-${config.name}${suffix}"; keepFailure = "1"; })
      );
    in
    {
      inherit report;
      test = config.checked (
        if config.keepFailures then
          insteadOfRun suffix {
            inherit report;
            reportDerivation = builtins.unsafeDiscardStringContext report.drvPath;
            buildCommand = ". ${../../lib/shared/check-report.sh}";
          }
        else
          run (final: attributes // nameWith suffix final)
      );
    };
  described =
    one:
    lib.lazyDerivation {
      derivation = one.test;
      inherit (config) meta;
      passthru = config.passthru // { inherit (one) report; };
    };

  # Of a test whose files run by themselves, only this is built again when one of them has changed, besides its own run.
  collection = outputs: {
    runs = lib.concatStringsSep "\n" (lib.mapAttrsToList (file: output: "${file} ${output}") outputs);
    buildCommand = ". ${../../lib/shared/collect-files.sh}";
  };
  split =
    suffix: attributes:
    let
      each = lib.mapAttrs (file: its: single "-${file}${suffix}" (its // attributes)) config.testContent.files;
    in
    {
      files = lib.mapAttrs (_: described) each;
      report = config.checked (
        hostPkgs.stdenv.mkDerivation (
          { name = "vm-test-report-${config.name}${suffix}"; } // collection (lib.mapAttrs (_: one: one.report) each)
        )
      );
      test = config.checked (insteadOfRun suffix (collection (lib.mapAttrs (_: one: one.test) each)));
    };
  isSplit = config.tests != null && config.pytest.split == "file";
  runs = if isSplit then split else single;
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
        number: described (runs "-repeat-${number}" { repetition = number; })
      );
    }
    // lib.optionalAttrs isSplit { inherit (first) files; };
  };
}
