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
  build = attributes: config.checked (hostPkgs.stdenv.mkDerivation attributes);
  described =
    flaky: one:
    lib.lazyDerivation {
      derivation = one.test;
      inherit (config) meta;
      passthru = config.passthru // {
        inherit flaky;
        inherit (one) attempts report;
      };
    };

  # The verdict on runs that are in the store. What is run again is the first of them.
  verdictOn =
    suffix: report: first:
    config.checked (
      insteadOfRun suffix {
        inherit report;
        reportDerivation = builtins.unsafeDiscardStringContext first.drvPath;
        buildCommand = ". ${../../lib/shared/check-report.sh}";
      }
    );
  ofFlaky =
    suffix: flaky: runs:
    let
      report = build {
        name = "vm-test-report-${config.name}${suffix}";
        buildCommand = ". ${../../lib/shared/judge-attempts.sh}";
        inherit runs;
        inherit (flaky) reason until;
      };
    in
    {
      inherit report;
      test = verdictOn suffix report (lib.head runs);
    };

  # One run, or one with those again that it may ask for. Those of `repeat` and of files differ by what the name ends with, and by
  # these attributes.
  single =
    flaky: suffix: attributes:
    let
      chains = import ../../lib/shared/attempts.nix { inherit flaky; };
      attempt =
        number: its:
        config.checked (run (_: attributes // its // { name = "vm-test-report-${config.name}${suffix}${number}"; }));
      report = attempt "" { keepFailure = "1"; };
      runs = chains.ofReport attempt;
    in
    {
      inherit runs;
      attempts = chains.inSuite attempt;
    }
    // (
      if flaky != null then
        ofFlaky suffix flaky runs
      else
        {
          inherit report;
          test =
            if config.keepFailures then
              verdictOn suffix report report
            else
              config.checked (run (final: attributes // nameWith suffix final));
        }
    );

  # Of a test whose files run by themselves, only this is built again when one of them has changed, besides its own run.
  collection = outputs: {
    runs = lib.concatStringsSep "\n" (lib.mapAttrsToList (file: output: "${file} ${toString output}") outputs);
    buildCommand = ". ${../../lib/shared/collect-files.sh}";
  };
  split =
    flaky: suffix: attributes:
    let
      each = lib.mapAttrs (
        file: its: single flaky "-${file}${suffix}" (its // attributes)
      ) config.testContent.files;
      collected = outputs: build ({ name = "vm-test-report-${config.name}${suffix}"; } // collection outputs);
      chain =
        of:
        map collected (
          (import ../../lib/shared/attempts.nix { inherit flaky; }).byNumber (lib.mapAttrs (_: of) each)
        );
    in
    {
      files = lib.mapAttrs (_: described flaky) each;
      attempts = chain (one: one.attempts);
    }
    // (
      if flaky != null then
        ofFlaky suffix flaky (chain (one: one.runs))
      else
        {
          report = collected (lib.mapAttrs (_: one: one.report) each);
          test = config.checked (insteadOfRun suffix (collection (lib.mapAttrs (_: one: one.test) each)));
        }
    );
  isSplit = config.tests != null && config.pytest.split == "file";
  runs = if isSplit then split else single;
  first = runs config.flaky "" { };
in
{
  options = declare {
    flaky.apply = import ../../lib/shared/flaky.nix "test `${config.name}`";
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
      inherit (first) attempts;
      inherit (config) flaky;
      # Each of these runs is judged by itself, so that they show how often the test passes.
      repeat = import ../../lib/shared/repeat.nix { inherit (config) name; } (
        suffix: attributes: described null (runs null suffix attributes)
      );
    }
    // lib.optionalAttrs isSplit { inherit (first) files; };
  };
}
