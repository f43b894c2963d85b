/**
  A shell for people who change this project, for `nix develop .#contributor`: what the checks run, and no driver. `python3` takes
  the driver of the checkout.

  Type: { system, tools } -> derivation
*/
{ system, tools }:
derivation {
  name = "rehearse-contributor-shell";
  inherit system;
  # nix develop takes no other program, and runs it with a script of its own.
  builder = "${tools.shell}/bin/bash";
  args = [
    "-c"
    ": >$out"
  ];
  outputs = [ "out" ];
  PATH = "${tools.development}/bin:${tools.ruff}/bin";
}
