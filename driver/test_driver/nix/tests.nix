/*
  What a value of a flake has for `rehearse test`: the tests in it, and the names of what is none.

  Type: { repeat } -> value -> { tests = [ { path, runs, parts, resources, flaky } ]; others = [ path ]; }

  `runs` are derivations that leave a report, with their outputs. `parts` is how many of them one run consists of, which can be built
  at once. A path is a list of names below the value. `repeat` is null for the test's own run, or what `repeat` of each test is called with.
*/
{ repeat }:
root:
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    isAttrs
    isFunction
    map
    sort
    unsafeDiscardStringContext
    ;
  isDerivation = value: value.type or null == "derivation";
  isTest = value: isDerivation value && isDerivation (value.report or null);
  # What `lib.suite` has made stands for its tests.
  isSuite = value: isDerivation value && isDerivation (value.verdict or null) && isAttrs (value.tests or null);
  isTree = value: isAttrs value && !isDerivation value && value.recurseForDerivations or false == true;

  # No context: what is listed is not built.
  text = value: unsafeDiscardStringContext (toString value);
  run = report: {
    derivation = text report.drvPath;
    output = text report.outPath;
  };
  byNumber = sort (one: other: builtins.fromJSON one < builtins.fromJSON other);
  repeated =
    test:
    let
      runs = test.repeat repeat;
    in
    map (number: run runs.${number}.report) (byNumber (filter (name: builtins.match "[0-9]+" name != null) (attrNames runs)));
  runsOf =
    test:
    if repeat == null then
      [ (run test.report) ]
    else if test ? repeat then
      repeated test
    else
      [ ];
  # What some tests alone have is plain data, or is left out.
  plain = value: builtins.fromJSON (unsafeDiscardStringContext (builtins.toJSON value));
  described = path: test: {
    inherit path;
    runs = runsOf test;
    parts = if isAttrs (test.files or null) then builtins.length (attrNames test.files) else 1;
    resources = plain (test.resources or null);
    flaky = plain (test.flaky or null);
  };
  none = {
    tests = [ ];
    others = [ ];
  };
  joined = parts: {
    tests = concatMap (part: part.tests) parts;
    others = concatMap (part: part.others) parts;
  };
  below = path: set: joined (map (name: look (path ++ [ name ]) set.${name}) (filter (isBranch set) (attrNames set)));
  # The `extend` of a matrix is a function. A test may be called so, too.
  isBranch = set: name: name != "recurseForDerivations" && !(name == "extend" && isFunction set.extend);
  look =
    path: value:
    if isSuite value then
      below path value.tests
    else if isTest value then
      none // { tests = [ (described path value) ]; }
    else if isTree value || (path == [ ] && isAttrs value && !isDerivation value) then
      below path value
    else
      none // { others = [ path ]; };
in
look [ ] root
