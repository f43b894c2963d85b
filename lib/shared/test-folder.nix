/**
  The files with tests that a user gave as `tests`: what of them goes into the store, and which of them have tests.

  What goes there depends on their content and on nothing else: no files of editors and caches, and one name. No import
  from derivation: the files are listed while Nix evaluates.

  Type: { fail :: string -> a throw } -> path -> {
    folder :: store path;      all of them
    stored :: store path;      what was given: the folder, or the one file in it
    source :: string;          their folder, so that a person can edit them there: of a flake, the path inside it
    start :: string;           what was given, in the same form
    files :: { <name> = store path; };    by each file with tests: the folder without the other such files
  }

  Example: (testFolder { fail = throw; } ./tests).files ? test_web
*/
{ fail }:
given:
let
  inherit (builtins)
    attrNames
    attrValues
    baseNameOf
    concatMap
    concatStringsSep
    elem
    filter
    getContext
    groupBy
    head
    isPath
    isString
    length
    map
    mapAttrs
    match
    pathExists
    readDir
    readFileType
    split
    stringLength
    substring
    unsafeDiscardStringContext
    ;

  isMade = filter (path: path ? outputs) (attrValues (getContext given)) != [ ];
  path = if isPath given then given else /. + unsafeDiscardStringContext given;
  shown = toString path;
  kind =
    if isString given && isMade then
      fail "`tests` is made by a derivation, ${shown}: the files are listed while Nix evaluates, before anything is built. Give a path of the project, such as ./tests."
    else if !pathExists path then
      fail "`tests` is ${shown}, which was not found. In a flake of a Git repository, files exist once they were added with `git add`."
    else
      readFileType path;
  isFile = kind == "regular";

  # As pytest finds them.
  isTest = name: match "test_.*\\.py|.*_test\\.py" name != null;
  leftBehind = [
    "\\.(git|hypothesis|idea|mypy_cache|pytest_cache|ruff_cache|vscode)"
    "\\.DS_Store"
    "__pycache__"
    ".*\\.pyc"
    ".*~"
    "\\.#.*"
    "#.*#"
    "\\..*\\.sw."
  ];
  isWanted = name: filter (pattern: match pattern name != null) leftBehind == [ ];

  folder = if isFile then dirOf path else path;
  name = baseNameOf shown;
  # The paths of the files with tests, relative to the folder.
  below =
    prefix: place:
    concatMap (
      entry:
      let
        type = (readDir place).${entry};
      in
      if type == "directory" then
        if isWanted entry && match "\\..*" entry == null then
          below "${prefix}${entry}/" (place + "/${entry}")
        else
          [ ]
      else if isTest entry && isWanted entry then
        [ "${prefix}${entry}" ]
      else
        [ ]
    ) (attrNames (readDir place));
  tests =
    if isFile && isTest name then
      [ name ]
    else if isFile then
      fail "`tests` is the file ${shown}, whose name pytest does not look for: call it test_*.py or *_test.py, or give the folder that it is in."
    else if kind != "directory" then
      fail "`tests` is ${shown}, which is neither a folder nor a file (Nix says: ${kind})."
    else if below "" path == [ ] then
      fail "`tests` is the folder ${shown}, which has no tests: no file test_*.py or *_test.py is in it or in a folder below it."
    else
      below "" path;

  stored =
    isKept:
    builtins.path {
      name = "tests";
      path = folder;
      filter =
        entry: _:
        let
          relative = substring (stringLength (toString folder) + 1) (stringLength entry) entry;
        in
        isWanted (baseNameOf entry) && isKept relative;
    };
  # Of a file alone, what pytest finds for it without being told.
  ofFile = relative: relative == name || relative == "conftest.py";

  # Of the flake itself, there is no path inside it.
  sourceOf =
    place:
    if match "/nix/store/[^/]+" (toString place) != null then
      "."
    else
      import ./script-source.nix place;

  # A name for attributes and derivations: sub/test_a.py -> sub-test_a
  called =
    relative:
    let
      parts = split "[^A-Za-z0-9+._?=-]+" (head (match "(.*)\\.py" relative));
    in
    concatStringsSep "-" (filter isString parts);
  byName = groupBy called tests;
  twice = filter (one: length byName.${one} > 1) (attrNames byName);
  all = builtins.seq tests (stored (if isFile then ofFile else _: true));
in
{
  folder = all;
  stored = if isFile then "${all}/${name}" else all;
  source = sourceOf folder;
  start = sourceOf path;
  files =
    if twice != [ ] then
      fail "`pytest.split`: ${concatStringsSep " and " byName.${head twice}} would both be called `${head twice}`: rename one of them."
    else
      mapAttrs (
        _: group:
        stored (
          if isFile then ofFile else relative: !(isTest (baseNameOf relative)) || elem relative group
        )
      ) byName;
}
