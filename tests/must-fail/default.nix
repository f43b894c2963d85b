/**
  Tests whose failure is the point: each asserts the exit status, what is said, what the
  report shows first, the evidence, and that nothing is left running.

  Type: { debian } -> { <test> = derivation; }
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
  mustFail =
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
    };
  test = file: mustFail (import file);
in
{
  kept = import ./kept.nix { inherit debian; };
  assertion = test ./assertion.nix;
  bad-option = test ./bad-option.nix;
  command-fails = test ./command-fails.nix;
  command-timeout = test ./command-timeout.nix;
  fail-on = test ./fail-on.nix;
  global-timeout = test ./global-timeout.nix;
  kernel-panic = test ./kernel-panic.nix;
  qemu-killed = test ./qemu-killed.nix;
  script-error = test ./script-error.nix;
  syntax-error = test ./syntax-error.nix;
  type-error = test ./type-error.nix;
  wait-timeout = test ./wait-timeout.nix;
}
