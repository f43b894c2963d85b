/**
  The file in which a script was written, so that a person can edit it there: of a flake, the path inside it. A script
  that is a text comes from none.

  Type: path | string -> string | null

  Example: scriptSource ./web.py
  => "tests/web.py"
*/
script:
let
  inFlake = builtins.match "/nix/store/[^/]+/(.*)" (toString script);
in
if !builtins.isPath script then
  null
else if inFlake == null then
  toString script
else
  builtins.head inFlake
