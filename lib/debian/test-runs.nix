/**
  The derivations that run a test of Debian machines: for its verdict, for its report, for a suite, and again.

  Type: {
    build;
    run :: attributes -> derivation;   that boots the machines
    attributes;                        of a run of the whole test
    files;                             null, or those of a run of one file of its tests, by a name of the file
    options :: { name, meta, keepFailures, flaky, ... }
    resources :: { memory, cores, disk, machines }   of each run
  } -> { test, report, attempts, files, repeat }
*/
{
  build,
  run,
  attributes,
  files,
  options,
  resources,
}:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    head
    map
    mapAttrs
    toString
    unsafeDiscardStringContext
    ;
  inherit (options) keepFailures meta name;

  described =
    flaky: one:
    one.test
    // {
      inherit flaky meta resources;
      inherit (one) attempts report;
    };

  # The verdict on runs that are in the store. What is run again is the first of them.
  verdictOn =
    suffix: report: first:
    build {
      name = "vm-test-run-${name}${suffix}";
      script = ../shared/check-report.sh;
      inherit report;
      reportDerivation = unsafeDiscardStringContext first.drvPath;
    };
  ofFlaky =
    suffix: flaky: runs:
    let
      report = build {
        name = "vm-test-report-${name}${suffix}";
        script = ../shared/judge-attempts.sh;
        inherit runs;
        inherit (flaky) reason until;
      };
    in
    {
      inherit report;
      test = verdictOn suffix report (head runs);
    };

  # One run, or one with those again that it may ask for. Those of `repeat` and of files differ by what the name ends with, and by
  # these attributes.
  single =
    flaky: suffix: more:
    let
      chains = import ../shared/attempts.nix { inherit flaky; };
      attempt = number: its: run ({ name = "vm-test-report-${name}${suffix}${number}"; } // attributes // more // its);
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
            if keepFailures then
              verdictOn suffix report report
            else
              run ({ name = "vm-test-run-${name}${suffix}"; } // attributes // more);
        }
    );

  # Of a test whose files run by themselves, only this is built again when one of them has changed, besides its own run.
  collection =
    collected: outputs:
    build {
      name = collected;
      script = ../shared/collect-files.sh;
      runs = concatStringsSep "\n" (map (file: "${file} ${toString outputs.${file}}") (attrNames outputs));
    };
  split =
    flaky: suffix: more:
    let
      each = mapAttrs (file: ofFile: single flaky "-${file}${suffix}" (ofFile // more)) files;
      collected = kind: outputs: collection "vm-test-${kind}-${name}${suffix}" outputs;
      chain =
        of:
        map (collected "report") (
          (import ../shared/attempts.nix { inherit flaky; }).byNumber (mapAttrs (_: of) each)
        );
    in
    {
      attempts = chain (one: one.attempts);
      files = mapAttrs (_: described flaky) each;
    }
    // (
      if flaky != null then
        ofFlaky suffix flaky (chain (one: one.runs))
      else
        {
          report = collected "report" (mapAttrs (_: one: one.report) each);
          test = collected "run" (mapAttrs (_: one: one.test) each);
        }
    );
  runs = if files == null then single else split;
  first = runs options.flaky "" { };
in
{
  inherit (first) attempts report test;
  files = first.files or null;
  # Each of these runs is judged by itself, so that they show how often the test passes.
  repeat = import ../shared/repeat.nix { inherit name; } (
    suffix: more: described null (runs null suffix more)
  );
}
