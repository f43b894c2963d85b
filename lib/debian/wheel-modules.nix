/**
  The modules of wheels, as pip installs them, for the Python of a tree.

  Type: { build, tools, wheels } -> { names :: [string], tree :: derivation } -> derivation
*/
{
  build,
  tools,
  wheels,
}:
{ names, tree }:
build {
  name = "python-wheel-modules";
  script = ./wheel-modules.sh;
  runPip = ./archive/debian_archive/pip_without_tls.py;
  conflicts = ./archive/debian_archive/wheel_conflicts.py;
  names = builtins.map wheels.normalized names;
  wheels = wheels.files names;
  inherit (wheels) pip;
  python = tree;
  checkers = tools.script;
}
