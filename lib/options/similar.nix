/**
  The name that a mistyped one may stand for: the nearest of those that exist, if it is near at all.

  Type: string -> [ string ] -> null or string

  The distance is the number of letters to insert, delete or replace; upper and lower case count as equal. A name that
  has the mistyped one in it is near, too.

  Example: import ./similar.nix "memorySiz" [ "cores" "memorySize" ] == "memorySize"
*/
mistyped: names:
let
  inherit (builtins)
    elemAt
    filter
    foldl'
    genList
    head
    isString
    length
    map
    replaceStrings
    sort
    split
    stringLength
    ;
  letters = text: filter (letter: isString letter && letter != "") (split "" text);
  lower = replaceStrings (letters "ABCDEFGHIJKLMNOPQRSTUVWXYZ") (letters "abcdefghijklmnopqrstuvwxyz");
  least = foldl' (one: other: if other < one then other else one);

  # One row of the table for each letter of `one`: the distance of the letters so far to each beginning of `other`.
  distance =
    one: other:
    let
      columns = letters other;
      first = genList (index: index) (length columns + 1);
      next =
        row: letter:
        foldl' (
          new: index:
          new
          ++ [
            (least (elemAt row index + (if letter == elemAt columns index then 0 else 1)) [
              (elemAt row (index + 1) + 1)
              (elemAt new index + 1)
            ])
          ]
        ) [ (head row + 1) ] (genList (index: index) (length columns));
    in
    elemAt (foldl' next first (letters one)) (length columns);

  wanted = lower mistyped;
  isPart = name: stringLength wanted >= 3 && replaceStrings [ wanted ] [ "" ] name != name;
  rated = map (name: {
    inherit name;
    distance = if isPart (lower name) then 0 else distance wanted (lower name);
  }) names;
  # A third of the letters may be wrong.
  near = filter (one: one.distance * 3 <= stringLength mistyped) rated;
  sorted = sort (a: b: a.distance < b.distance) near;
in
if near == [ ] then null else (head sorted).name
