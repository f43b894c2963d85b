/**
  Arguments as one text for a shell, each of them quoted.

  Type: [ string ] -> string

  Example: shellArguments [ "-k" "it's" ] == "'-k' 'it'\\''s'"
*/
arguments:
builtins.concatStringsSep " " (
  map (text: "'${builtins.replaceStrings [ "'" ] [ "'\\''" ] text}'") arguments
)
