/**
  A shell for people who write tests of pytest, for `nix develop`: pytest and Python with the driver.

  Type: { driver, system, tools } -> derivation
*/
{
  driver,
  system,
  tools,
}:
derivation {
  name = "rehearse-shell";
  inherit system;
  # nix develop takes no other program, and runs it with a script of its own.
  builder = "${tools.shell}/bin/bash";
  args = [
    "-c"
    ": >$out"
  ];
  outputs = [ "out" ];
  PATH = "${driver}/python/bin:${driver}/bin";
  # Editors ask Python for its path, and start it there without the programs above.
  PYTHONPATH = "${driver}/lib:${tools.script}/usr/lib/python3/dist-packages";
}
