/**
  The command line of a node's kernel: parameters that each machine needs, and those that the node adds.

  A node's parameter replaces a default of the same name. Those that the driver depends on are refused by name.

  Type: {
    checked :: string -> [string] -> [string];   what the parameters are of -> as the node gives them -> the same
    commandLine :: { required, defaults, own } -> string
  }
*/
let
  inherit (builtins)
    concatStringsSep
    elem
    elemAt
    filter
    hasAttr
    head
    isString
    map
    match
    split
    stringLength
    toJSON
    ;

  # The kernel truncates a longer line silently (COMMAND_LINE_SIZE).
  longest = 2047;

  # The kernel takes - and _ in names as the same.
  nameOf =
    parameter:
    builtins.replaceStrings [ "-" ] [ "_" ] (head (builtins.filter isString (split "=" parameter)));

  root = "the initial RAM disk of the driver mounts the root file system: choose it with `rootFilesystem`";
  first = "the first process is the driver's, and then systemd";
  refused = {
    biosdevname = "network cards are called eth0, eth1 and so on, or as in `interfaces`";
    console = "the driver reads the serial console; `graphics = true` adds the screen";
    init = first;
    initrd = "the initial RAM disk is the driver's";
    "net.ifnames" = "network cards are called eth0, eth1 and so on, or as in `interfaces`";
    noinitrd = "the initial RAM disk is the driver's";
    panic = "a panic must end QEMU, so that the test learns of it at once";
    rdinit = first;
    inherit root;
    rootflags = root;
    rootfstype = root;
  };

  quotes = parameter: builtins.length (filter (part: !isString part) (split "\"" parameter));
  isEven = number: number / 2 * 2 == number;
  # What lies outside of quotes.
  bare =
    parameter:
    let
      parts = filter isString (split "\"" parameter);
    in
    concatStringsSep "" (
      builtins.genList (index: if isEven index then elemAt parts index else "") (builtins.length parts)
    );

  checkedOne =
    what: parameter:
    let
      name = nameOf parameter;
      fail =
        problem: throw "rehearse: ${what}: kernelParameters: ${toJSON parameter} is refused: ${problem}.";
    in
    if parameter == "" || match "=.*" parameter != null then
      fail "a kernel parameter has a name"
    else if match "[ -~]*" parameter == null then
      fail "a kernel parameter consists of printable ASCII characters, without line breaks"
    else if !isEven (quotes parameter) then
      fail "a double quote is not closed"
    else if match ".* .*" (bare parameter) != null then
      fail "it has a space outside of double quotes. Give each parameter as an element of its own, or quote the value: \"name=\\\"a b\\\"\""
    else if name == "__" then
      fail "what follows `--` is for the first process, which is the driver's"
    else if match "rehearse\\..*" name != null then
      fail "names with `rehearse.` are the driver's own"
    else if hasAttr name refused then
      fail refused.${name}
    else
      parameter;
in
{
  checked =
    what: parameters:
    let
      all = map (checkedOne what) parameters;
      # The required and default ones take less than 500 characters.
      room = longest - 500;
      taken = stringLength (concatStringsSep " " all);
    in
    if taken > room then
      throw "rehearse: ${what}: kernelParameters: ${toString taken} characters are too many: the kernel's command line has room for ${toString room}."
    else
      all;

  commandLine =
    {
      required,
      defaults,
      own,
    }:
    let
      names = map nameOf own;
    in
    concatStringsSep " " (
      required ++ filter (parameter: !(elem (nameOf parameter) names)) defaults ++ own
    );
}
