/**
  A shell for `nix develop`: an environment, and nothing that is built.

  Type: { system, tools, name, environment :: { <variable> = string; } } -> derivation

  Example: (import ./shell.nix { inherit system tools; name = "sh"; environment.PATH = "/bin"; }).PATH == "/bin"
*/
{
  system,
  tools,
  name,
  environment,
}:
derivation (
  {
    inherit name system;
    # nix develop takes no other program, and runs it with a script of its own.
    builder = "${tools.shell}/bin/bash";
    args = [
      "-c"
      ": >$out"
    ];
    outputs = [ "out" ];
  }
  // environment
)
