/**
  Tests whose failure is the point: each asserts the exit status, what is said, and that nothing is left running.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  mustFail =
    {
      status,
      messages,
      ...
    }@attributes:
    let
      test = debian.runTest (
        removeAttrs attributes [
          "status"
          "messages"
        ]
      );
    in
    debian.build {
      name = "must-fail-${test.config.name}";
      script = ./must-fail.sh;
      inherit (test) driver;
      expectedStatus = toString status;
      passAsFile = [ "messages" ];
      # Extended regular expressions, one a line, each found in what the driver says.
      messages = builtins.concatStringsSep "\n" messages + "\n";
    };
  test = file: mustFail (import file);
in
{
  bad-option = test ./bad-option.nix;
  command-timeout = test ./command-timeout.nix;
  global-timeout = test ./global-timeout.nix;
  kernel-panic = test ./kernel-panic.nix;
  script-fails = test ./script-fails.nix;
  syntax-error = test ./syntax-error.nix;
}
