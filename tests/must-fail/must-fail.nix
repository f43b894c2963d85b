/**
  A test whose failure is the point: what is asserted of its exit status, of what is said, of what the report shows first, of
  the evidence, and that nothing is left running.

  Type: { debian } -> { <option of the test>, status, messages, seen, evidence, contents } -> derivation
*/
{ debian }:
let
  inherit (builtins) attrNames concatMap map;

  lines = texts: builtins.concatStringsSep "\n" texts + "\n";
  # What a machine that still runs leaves behind, and one that does not.
  alive = node: map (file: "${node}/${file}") [
    "console.txt"
    "crashes.txt"
    "disks.txt"
    "failed-units.txt"
    "journal.txt"
    "machine.txt"
    "network.txt"
    "processes.txt"
    "screen.png"
  ];
in
{
  /** The driver's exit status. */
  status,
  /** Extended regular expressions, each found in the log. */
  messages,
  /** The same for the first screen of the report. */
  seen,
  /** Files of evidence. */
  evidence ? alive "machine",
  /** By file of the machine's evidence, extended regular expressions that are found in it. */
  contents ? { },
  ...
}@attributes:
let
  test = debian.runTest (
    removeAttrs attributes [
      "status"
      "messages"
      "seen"
      "evidence"
      "contents"
    ]
  );
in
debian.build {
  name = "must-fail-${test.config.name}";
  requiredSystemFeatures = test.drvAttrs.requiredSystemFeatures or [ ];
  script = ./must-fail.sh;
  inherit (test) driver;
  expectedStatus = toString status;
  evidence = toString evidence;
  passAsFile = [
    "messages"
    "seen"
    "contents"
  ];
  contents = lines (
    concatMap (file: map (pattern: "${file} ${pattern}") contents.${file}) (attrNames contents)
  );
  messages = lines messages;
  seen = lines seen;
}
