/**
  The users of a node: their numbers, and the lines for `overlay-image.sh` (name, uid, home, shell, password, supplementary groups, separated by tabs).

  A user without a number of its own gets the next free one from 1000, in the order of the names.

  Type: {
    numbered :: string -> { <name> = user; } -> { <name> = user with a number; };   what the users are of, for messages
    lines :: { <name> = user with a number; } -> { <name> = string; }
  }
*/
let
  inherit (builtins)
    attrNames
    attrValues
    concatStringsSep
    elem
    filter
    foldl'
    groupBy
    head
    length
    map
    mapAttrs
    ;
  free = taken: uid: if elem uid taken then free taken (uid + 1) else uid;
in
{
  numbered =
    what: users:
    let
      own = filter (name: users.${name}.uid != null) (attrNames users);
      taken = map (name: users.${name}.uid) own;
      same = filter (group: length group > 1) (
        attrValues (groupBy (name: toString users.${name}.uid) own)
      );
      number =
        { next, numbers }:
        name:
        let
          uid = free taken next;
        in
        {
          next = uid + 1;
          numbers = numbers // {
            ${name} = uid;
          };
        };
      given = foldl' number {
        next = 1000;
        numbers = { };
      } (filter (name: users.${name}.uid == null) (attrNames users));
    in
    if same != [ ] then
      throw "rehearse: ${what}: users ${concatStringsSep " and " (map (name: "`${name}`") (head same))} have one `uid`, ${toString users.${head (head same)}.uid}. Give each its own."
    else
      mapAttrs (
        name: user: user // { uid = if user.uid == null then given.numbers.${name} else user.uid; }
      ) users;

  lines = mapAttrs (
    name: user:
    concatStringsSep "\t" [
      name
      (toString user.uid)
      user.home
      user.shell
      (if user.password == null then "!" else "=" + user.password)
      (concatStringsSep "," user.extraGroups)
    ]
  );
}
