# Results that survive a failure.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;

  run =
    attributes:
    hostPkgs.stdenv.mkDerivation (final: config.rawTestDerivationArg final // attributes);
  verdict = hostPkgs.stdenv.mkDerivation (final: {
    inherit (config.rawTestDerivationArg final) name meta passthru;
    inherit (config) report;
    buildCommand = ". ${../../lib/verdict-of-report.sh}";
  });
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
    report = config.checked (run {
      name = "vm-test-report-${config.name}";
      keepFailure = "1";
    });

    rawTestDerivation = config.checked (
      if config.keepFailures then verdict else run { }
    );

    passthru.report = lib.lazyDerivation {
      derivation = config.report;
      inherit (config) meta;
    };
  };
}
