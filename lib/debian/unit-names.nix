/**
  The rule for names of systemd units.

  Type: { fileName, isUnitName :: string -> ...; isName :: string -> bool }

  `fileName` is the name of the unit file of an entry of `services`: a service, unless the name has the suffix of another kind of
  unit. `isUnitName` tells whether a name is one of a unit, with its suffix; systemd ignores others silently. Specifiers such as %i
  are accepted.
*/
let
  inherit (builtins) match stringLength;
  kinds = "(service|socket|device|mount|automount|swap|target|path|timer|slice|scope)";
  characters = "[A-Za-z0-9:_.@%\\-]+";
  is = pattern: name: match pattern name != null && stringLength name <= 255;
  isUnitName = is "${characters}[.]${kinds}";
  fileName = name: if isUnitName name then name else "${name}.service";
in
{
  inherit fileName isUnitName;
  isName = name: isUnitName (fileName name);
}
