/**
  The Python packages that a test of Debian machines brings along for its script and as extensions of the driver.

  Type: { tools } -> { extraPythonPackages :: [name or path], enableOCR :: bool, ... } -> { tree :: derivation, folders :: [string] }

  `tree` is what runs the driver. `folders` have the modules, for the JSON document.
*/
{ tools }:
{ extraPythonPackages, enableOCR, ... }:
let
  inherit (builtins) filter isString map substring;

  isName = given: isString given && substring 0 1 given != "/";
  names = filter isName extraPythonPackages;
  paths = filter (given: !isName given) extraPythonPackages;
in
{
  tree =
    if names != [ ] then
      tools.python names enableOCR
    else if enableOCR then
      tools.recognition
    else
      tools.host;
  folders =
    (if names == [ ] then [ ] else [ "${tools.pythonModules names}" ]) ++ map (path: "${path}") paths;
}
