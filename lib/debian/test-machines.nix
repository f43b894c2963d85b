/**
  The machines that a test of Debian machines asks for, by the options of the test.

  Type: { fail :: string -> a throw, machines :: as machines.nix } -> { nodes, containers, acceleration, sshBackdoor, ... } -> { all, nodes, containers }

  Each of the three is an attribute set of machines by name.
*/
{ fail, machines }:
options:
let
  inherit (builtins) attrNames concatStringsSep intersectAttrs listToAttrs map;
  inherit (options) containers nodes;

  twice = attrNames (intersectAttrs nodes containers);
  names = attrNames (nodes // containers);
  problems = (import ../shared/machine-names.nix).problems names;

  # Names are checked before any machine is.
  checked =
    value:
    if names == [ ] then
      fail "`nodes` and `containers` are empty: a test has at least one machine."
    else if twice != [ ] then
      fail "${
        concatStringsSep ", " (map (name: "`${name}`") twice)
      }: a node and a container have this name. Rename one: each machine has a name of its own."
    else if problems != [ ] then
      fail (concatStringsSep "\n" problems)
    else
      value;
  only =
    machines:
    listToAttrs (
      map (name: {
        inherit name;
        value = all.${name};
      }) (attrNames machines)
    );

  all = checked (machines {
    inherit containers nodes;
    inherit (options) acceleration;
    sshBackdoor = options.sshBackdoor.enable;
  });
in
{
  inherit all;
  nodes = checked (only nodes);
  containers = checked (only containers);
}
