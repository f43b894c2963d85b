/**
  What `nix fmt` runs in a checkout: dev/format.sh with ruff and shfmt from Debian packages. nixfmt is taken if it is on PATH.

  Type: { build, tools } -> derivation with `bin/rehearse-format`
*/
{ build, tools }:
build {
  name = "rehearse-format";
  script = ./formatter.sh;
  inherit (tools) development ruff;
}
// {
  meta.mainProgram = "rehearse-format";
}
