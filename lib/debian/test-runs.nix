/**
  The derivations that run a test of Debian machines: for its verdict, for its report, and again.

  Type: {
    build;
    run :: attributes -> derivation;   that boots the machines
    attributes;                        of a run of the whole test
    files;                             null, or those of a run of one file of its tests, by a name of the file
    options :: { name, meta, keepFailures, ... }
    resources :: { memory, cores, disk, machines }   of each run
  } -> { test, report, files, repeat }
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
  inherit (builtins) attrNames concatStringsSep map mapAttrs;
  inherit (options) keepFailures meta name;

  # One run. Those of `repeat` and of files differ by what the name ends with, and by these attributes.
  single =
    suffix: more:
    let
      report = run ({ name = "vm-test-report-${name}${suffix}"; keepFailure = "1"; } // attributes // more);
    in
    {
      inherit report;
      test =
        if keepFailures then
          build {
            name = "vm-test-run-${name}${suffix}";
            script = ../shared/check-report.sh;
            inherit report;
            reportDerivation = builtins.unsafeDiscardStringContext report.drvPath;
          }
        else
          run ({ name = "vm-test-run-${name}${suffix}"; } // attributes // more);
    };
  described = one: one.test // { inherit meta resources; inherit (one) report; };

  # Of a test whose files run by themselves, only this is built again when one of them has changed, besides its own run.
  collection =
    collected: outputs:
    build {
      name = collected;
      script = ../shared/collect-files.sh;
      runs = concatStringsSep "\n" (map (file: "${file} ${outputs.${file}}") (attrNames outputs));
    };
  split =
    suffix: more:
    let
      each = mapAttrs (file: ofFile: described (single "-${file}${suffix}" (ofFile // more))) files;
    in
    {
      files = each;
      report = collection "vm-test-report-${name}${suffix}" (mapAttrs (_: one: one.report) each);
      test = collection "vm-test-run-${name}${suffix}" each;
    };
  runs = if files == null then single else split;
in
runs "" { }
// {
  repeat = import ../shared/repeat.nix { inherit name; } (
    number: described (runs "-repeat-${number}" { repetition = number; })
  );
}
