/**
  Remote builders on the computer itself, as a program: `nix run .#loopback-builders -- COMMAND`.

  Type: { debian } -> derivation with `bin/loopback-builders`
*/
{ debian }:
debian.build {
  name = "loopback-builders";
  script = ./program.sh;
  source = ./loopback_builders;
  tools = debian.tools.host;
  inherit (debian.tools) nix ssh;
}
// {
  meta.mainProgram = "loopback-builders";
}
