/**
  The users of a node as lines for `layer.sh`: name, uid, home, shell, password, supplementary groups, separated by tabs.

  Numbers are given in the order of the names, from 1000, where a user has none of its own.

  Type: { <name> = user; } -> { <name> = string; }
*/
users:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    filter
    genList
    length
    listToAttrs
    ;
  unnumbered = filter (name: users.${name}.uid == null) (attrNames users);
  numbers = listToAttrs (
    genList (index: {
      name = elemAt unnumbered index;
      value = 1000 + index;
    }) (length unnumbered)
  );
in
builtins.mapAttrs (
  name: user:
  concatStringsSep "\t" [
    name
    (toString (if user.uid == null then numbers.${name} else user.uid))
    user.home
    user.shell
    (if user.password == null then "!" else "=" + user.password)
    (concatStringsSep "," user.extraGroups)
  ]
) users
