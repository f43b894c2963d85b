/**
  The files of a node: their paths, contents and modes checked.

  Type: {
    checked :: (what -> file as given -> file with every attribute) -> string -> { <path> = file as given; } -> { <path> = { text or source, mode }; };
    taken :: { <path> = file; } -> { <path> = string; } -> message or null
  }

  The second argument of `checked` names the node. `taken` tells which of the files another attribute of the node writes.
*/
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    genList
    hasAttr
    head
    isAttrs
    isString
    length
    mapAttrs
    match
    split
    ;

  partsOf = path: filter (part: isString part) (split "/" (builtins.substring 1 (-1) path));
  isPath =
    path:
    match "/.*[^/]" path != null
    && match ".*[\n ].*" path == null
    && filter (
      part:
      elem part [
        ""
        "."
        ".."
      ]
    ) (partsOf path) == [ ];
  # The folders that a path lies in: /a and /a/b of /a/b/c.
  foldersOf =
    path:
    let
      parts = partsOf path;
    in
    genList (
      count: "/" + builtins.concatStringsSep "/" (genList (index: builtins.elemAt parts index) (count + 1))
    ) (length parts - 1);

  file =
    attributesOf: what: given:
    let
      entry =
        if isAttrs given && !(given ? outPath) then
          given
        else if isString given && match "/nix/store/.*" given == null then
          { text = given; }
        else
          { source = given; };
      whole = attributesOf what entry;
      one = if whole.text != null then { inherit (whole) text; } else { inherit (whole) source; };
    in
    if (whole.text == null) == (whole.source == null) then
      throw "rehearse: ${what}: exactly one of `text` and `source` is given."
    else
      one
      // {
        # A source keeps the modes it has, so that trees and programs stay what they are.
        mode =
          if whole.mode != null then
            whole.mode
          else if whole.text != null then
            "0644"
          else
            "-";
      };
in
{
  checked =
    attributesOf: node: given:
    let
      bad = filter (path: !isPath path) (attrNames given);
      files = mapAttrs (path: file attributesOf "${node}: file `${path}`") given;
      # A text is a file; a source may be a folder.
      inFiles = concatMap (
        path:
        map (folder: { inherit folder path; }) (
          filter (folder: hasAttr folder files && files.${folder} ? text) (foldersOf path)
        )
      ) (attrNames files);
      clash = head inFiles;
    in
    if bad != [ ] then
      throw "rehearse: ${node}: file `${head bad}`: the name is an absolute path without spaces, empty parts, `.` and `..`."
    else if inFiles != [ ] then
      throw "rehearse: ${node}: file `${clash.folder}` is a text, but file `${clash.path}` lies in a folder of that name. Rename one."
    else
      files;

  taken =
    files: writers:
    let
      both = filter (path: hasAttr path writers) (attrNames files);
      path = head both;
    in
    if both == [ ] then
      null
    else
      "file `${path}` is written by ${writers.${path}}, too. Leave one of the two out.";
}
