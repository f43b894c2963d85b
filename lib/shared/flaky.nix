/**
  The value of the option `flaky` of a test, checked, with its defaults.

  Type: string -> null or attribute set -> null or { reason, until :: string; retries :: int; }

  The string names the test in messages. A date is of the form YYYY-MM-DD, and one that a calendar has.

  Example: flaky "test `web`" { reason = "issue 7"; until = "2027-01-31"; } == { reason = "issue 7"; until = "2027-01-31"; retries = 2; }
*/
what: given:
let
  inherit ((import ../options/test).nixos.flaky.type.nullOr.set) options;
  checked = import ../options/checked.nix { noun = "attribute"; inherit options; } "${what}: `flaky`" given;
  year = builtins.fromJSON (builtins.head (builtins.match "0*([1-9]*[0-9]+)-.*" checked.until));
  multipleOf = number: year / number * number == year;
  isLeapYear = multipleOf 400 || multipleOf 4 && !multipleOf 100;
  isNoDay = builtins.match ".*-02-29" checked.until != null && !isLeapYear;
in
if given == null then
  null
else if isNoDay then
  throw "rehearse: ${what}: `flaky`: `until` is \"${checked.until}\", but February of that year has 28 days."
else
  # All of it is refused if one is wrong, whichever is looked at.
  builtins.deepSeq checked checked
