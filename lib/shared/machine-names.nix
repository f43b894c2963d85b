/**
  The rule for the names of the machines of a test, of every kind: each is a host name and a Python variable.

  Names of functions in `builtins` only, for use without nixpkgs.

  Type: { variable :: name -> string; isHostName :: name -> bool; problems :: [ name ] -> [ string ]; scriptProblems :: [ { label, name } ] -> [ string ] }

  `variable` is the variable of a machine in the script. `problems` says what is wrong with the names that a test gives its
  machines; `scriptProblems` what is wrong with those by which scripts know them, where `label` tells the user which machine it
  is.

  Example: (import ./machine-names.nix).problems [ "server" "class" ]
*/
let
  inherit (builtins)
    attrValues
    concatMap
    concatStringsSep
    elem
    filter
    fromJSON
    groupBy
    isString
    length
    map
    match
    readFile
    replaceStrings
    split
    stringLength
    substring
    ;

  # The driver reads the same file.
  globals = fromJSON (readFile ../../driver/test_driver/reserved_names.json);
  reserved = concatStringsSep ", " (
    globals.nixpkgs ++ [ "vlan<number>" ] ++ globals.keywords ++ [ "__<any name>__" ]
  );

  is = pattern: name: match pattern name != null;
  # What Python does not allow becomes an underscore.
  onlyNameCharacters =
    text: concatStringsSep "" (map (part: if isString part then part else "_") (split "[^A-Za-z0-9_]" text));
  variable =
    name:
    let
      first = substring 0 1 name;
    in
    (if is "[A-Za-z_]" first then first else "_") + onlyNameCharacters (substring 1 (-1) name);

  label = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?";
  isHostName = name: stringLength name <= 63 && is "${label}(\\.${label})*" name;
  # What resolvers take for an IPv4 address before they look at any hosts file: `10` is 0.0.0.10.
  isAddress = is "([0-9]+|0[xX][0-9A-Fa-f]+)(\\.([0-9]+|0[xX][0-9A-Fa-f]+))*";

  quoted = names: concatStringsSep ", " (map (name: "`${name}`") names);
  upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  lower = "abcdefghijklmnopqrstuvwxyz";
  letters = text: filter (letter: letter != "" && isString letter) (split "" text);
  hostName = replaceStrings (letters upper) (letters lower);
  refuse = name: reason: "${name} cannot be the name of a machine: ${reason}.";

  why =
    candidate:
    if elem candidate globals.keywords then
      "`${candidate}` is a keyword of Python"
    else if elem candidate globals.nixpkgs || is "vlan[0-9]+" candidate then
      "`${candidate}` is a global of test scripts"
    else if is "__.*__" candidate then
      "Python uses `${candidate}` itself"
    else
      null;
  reservedProblem =
    { label, name }:
    let
      candidate = variable name;
    in
    if why candidate == null then
      [ ]
    else
      [ (refuse label "in the script ${why candidate}. Reserved names: ${reserved}") ];

  form =
    name:
    if !isHostName name then
      [
        (refuse "`${name}`" "it becomes a host name and a Python variable, so letters, digits, -, . and _ are allowed, where the name and each part of it between dots begin and end with a letter, a digit or _; at most 63 characters")
      ]
    else
      [ ];

  groups = key: things: filter (group: length group > 1) (attrValues (groupBy key things));
  # Host names are compared without regard to case, so that one of the two could not be reached.
  sameHost =
    names:
    map (
      group:
      "machines ${quoted group} have one host name, because upper and lower case are the same on a network: rename one."
    ) (groups hostName names);
  # A test with one machine does not need its host name.
  unreachable =
    names:
    if length names < 2 then
      [ ]
    else
      concatMap (
        name:
        if is "(.*\\.)?localhost|ip6-localhost|ip6-loopback" (hostName name) then
          [ (refuse "`${name}`" "on every machine this host name is the machine itself") ]
        else if isAddress name then
          [
            (refuse "`${name}`" "as a host name it is read as an IPv4 address (10 as 0.0.0.10), so a letter must be in it")
          ]
        else
          [ ]
      ) names;

  scriptProblems =
    machines:
    concatMap reservedProblem machines
    ++ map (
      group:
      "machines ${concatStringsSep ", " (map (one: one.label) group)} have one name in the script, `${variable (builtins.head group).name}`, where every character that Python does not allow becomes an underscore: rename one."
    ) (groups (one: variable one.name) machines);
in
{
  inherit isHostName scriptProblems variable;
  problems =
    names:
    let
      known = concatMap form names;
    in
    if known != [ ] then
      known
    else
      scriptProblems (
        map (name: {
          label = "`${name}`";
          inherit name;
        }) names
      )
      ++ sameHost names
      ++ unreachable names;
}
