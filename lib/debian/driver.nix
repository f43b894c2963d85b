/**
  The test driver as a program: the Python package, compiled, run by the Python of a tree, with what checks scripts.

  Its metadata is what pyproject.toml says of the project, and lies beside the package as an installation would leave it: pytest
  finds its plugins by that. Only what is written there counts: another line of pyproject.toml rebuilds no driver.

  Type: { build, tools } -> tree -> derivation with `bin/nixos-test-driver`
*/
{ build, tools }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    fromTOML
    map
    readFile
    ;
  inherit (fromTOML (readFile ../../driver/pyproject.toml)) project;
  version = import ../shared/version.nix;
  groups = (project.entry-points or { }) // {
    console_scripts = project.scripts;
  };
  lines = map (text: "${text}\n");
  section =
    group:
    [ "[${group}]" ] ++ map (name: "${name} = ${groups.${group}.${name}}") (attrNames groups.${group});
in
python:
build {
  name = "nixos-test-driver";
  script = ./driver.sh;
  source = ../../driver/test_driver;
  typesCache = ../shared/types-cache.sh;
  tools = python;
  checkers = tools.script;
  # A folder of the form that importlib.metadata takes.
  metadataFolder = "${builtins.replaceStrings [ "-" ] [ "_" ] project.name}-${version}.dist-info";
  metadata = concatStringsSep "" (lines [
    "Metadata-Version: 2.1"
    "Name: ${project.name}"
    "Version: ${version}"
  ]);
  entryPoints = concatStringsSep "" (lines (builtins.concatMap section (attrNames groups)));
}
