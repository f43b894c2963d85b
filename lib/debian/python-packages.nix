/**
  The Python packages that a test of Debian machines brings along for its script and as extensions of the driver.

  Type: { fail, tools } -> { extraPythonPackages :: [name or path], enableOCR :: bool, ... } -> { tree :: derivation, folders :: [string] }

  `tree` is what runs the driver. `folders` have the modules, for the JSON document.
*/
{ fail, tools }:
{ extraPythonPackages, enableOCR, ... }:
let
  inherit (builtins)
    filter
    isString
    map
    match
    substring
    ;

  isName = given: isString given && substring 0 1 given != "/";
  # Debian calls all its packages of Python modules so.
  isDebian = given: match "python3-.*" given != null;
  names = filter isName extraPythonPackages;
  paths = filter (given: !isName given) extraPythonPackages;
  debianNames = filter isDebian names;
  wheelNames = map checkedName (filter (name: !isDebian name) names);

  checkedName =
    name:
    if match "[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?" name != null then
      name
    else
      fail (
        "`extraPythonPackages` has `${name}`, which is no name of a package: a path begins with / or is no string, and versions "
        + "are in the lock, for example by: nix run .#debian -- lock add pypi 'stamina>=25'"
      );

  tree =
    if debianNames != [ ] then
      tools.python debianNames enableOCR
    else if enableOCR then
      tools.recognition
    else
      tools.host;
  of = given: folder: if given == [ ] then [ ] else [ "${folder}" ];
in
{
  inherit tree;
  folders =
    of debianNames (tools.pythonModules debianNames)
    ++ of wheelNames (
      tools.wheelModules {
        names = wheelNames;
        inherit tree;
      }
    )
    ++ map (path: "${path}") paths;
}
