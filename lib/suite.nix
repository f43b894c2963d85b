/**
  A derivation over the results of many tests: a page, one JUnit document, timings, and what Hydra shows. It builds whether tests
  pass or not. Its `verdict` fails if a test failed.

  Tests are what both kinds of `runTest` return, trees of them, and any derivation with a `report`. Nothing of nixpkgs is touched
  without `hostPkgs`, and nothing of Debian with it.

  Type: { debian } -> { name :: string, tests :: attribute set or list, hostPkgs ? null } -> derivation, with passthru
  `verdict`, `tests` and `attempts`

  Example: (suite { name = "all"; tests = { web = runTest ./web.nix; db = runTest ./db.nix; }; }).verdict
*/
{ debian }:
given:
let
  inherit (builtins)
    all
    attrNames
    concatLists
    concatMap
    concatStringsSep
    deepSeq
    genList
    elemAt
    filter
    groupBy
    head
    intersectAttrs
    isAttrs
    isInt
    isList
    length
    listToAttrs
    map
    mapAttrs
    toJSON
    unsafeDiscardStringContext
    ;
  types = import ./options/types.nix;

  what = if builtins.isString given.name or null then "suite `${given.name}`" else "a suite";
  fail = message: throw "rehearse: ${what}: ${message}";
  options = import ./options/checked.nix {
    noun = "attribute";
    options = import ./options/suite.nix;
  } what given;
  inherit (options) hostPkgs name;

  # What was given as `tests`, side by side, each with the path by which messages name it.
  flatTests = import ./flat-tests.nix;
  ofList =
    index:
    let
      test = elemAt options.tests index;
      path = "element ${toString (index + 1)} of `tests`";
      itsName = if isAttrs test then test.config.name or test.name or null else null;
    in
    if itsName == null then
      fail "${path} is ${types.shown test}, and no test with a name. Give what `runTest` returns, or an attribute set of tests."
    else
      [
        {
          inherit path;
          name = itsName;
          value = test;
        }
      ];
  ofSet =
    attribute:
    let
      leaves = flatTests attribute options.tests.${attribute};
    in
    if leaves == [ ] then
      fail "`tests.${attribute}` is an attribute set without a test in it. Remove it, or give a test."
    else
      map (leaf: leaf // { path = "`tests.${leaf.path}`"; }) leaves;
  leaves =
    if isList options.tests then
      concatLists (genList ofList (length options.tests))
    else
      concatMap ofSet (attrNames options.tests);

  isDerivation = value: isAttrs value && value.type or null == "derivation";
  checkedTest =
    leaf:
    let
      isTest = isDerivation leaf.value && isDerivation (leaf.value.report or null);
      found =
        if isDerivation leaf.value then
          "a derivation without `report`"
        else
          types.shown leaf.value;
    in
    if isTest then
      leaf
    else
      fail "${leaf.path} is no test: it is ${found}. Tests are what `runTest` returns, and derivations with an attribute `report`.";
  byName = groupBy (leaf: leaf.name) (map checkedTest leaves);
  twice = filter (one: length byName.${one} > 1) (attrNames byName);
  tests =
    if leaves == [ ] then
      fail "`tests` is empty: a suite has at least one test."
    else if twice != [ ] then
      fail "two tests have the name `${head twice}`: ${
        concatStringsSep " and " (map (leaf: leaf.path) byName.${head twice})
      }. Rename one of them, or give `tests` as an attribute set with another name for it."
    else
      mapAttrs (_: group: (head group).value) byName;

  # A derivation that has a `report` and is no test of this project has one run.
  attempts = mapAttrs (_: test: test.attempts or [ test.report ]) tests;
  numbers = {
    memory = null;
    cores = null;
    disk = null;
    machines = null;
  };
  resourcesOf =
    test:
    let
      known = intersectAttrs numbers (if isAttrs (test.resources or null) then test.resources else { });
      isComplete = attrNames known == attrNames numbers && all isInt (builtins.attrValues known);
    in
    if isComplete then known else null;

  described = test: {
    name = test;
    attempts = map toString attempts.${test};
    resources = resourcesOf tests.${test};
    flaky = if tests.${test} ? attempts then tests.${test}.flaky or null else null;
    # To name it, without which no report would be built.
    derivation = unsafeDiscardStringContext (head attempts.${test}).drvPath;
  };
  document = toJSON {
    version = 1;
    inherit name;
    tests = map described (attrNames tests);
  };

  build =
    if hostPkgs == null then
      { script, ... }@attributes: debian.build attributes
    else
      { script, ... }@attributes:
      hostPkgs.stdenv.mkDerivation (
        removeAttrs attributes [ "script" ] // { buildCommand = ". ${script}"; }
      );
  python =
    if hostPkgs == null then
      "${debian.driver}/python/bin/python3"
    else
      "${
        import ./nixos/python.nix {
          inherit hostPkgs;
          driver = import ./nixos/driver.nix { inherit hostPkgs; };
        }
      }/bin/python3";

  suite = build {
    name = "suite-${name}";
    script = ./shared/suite.sh;
    inherit document python;
    passAsFile = [ "document" ];
    # It needs the reports of all tests, which are here.
    preferLocalBuild = true;
  };
  verdict = build {
    name = "suite-verdict-${name}";
    script = ./shared/suite-verdict.sh;
    inherit suite;
    preferLocalBuild = true;
  };
in
deepSeq [ name (attrNames tests) ] suite
// {
  inherit attempts tests verdict;
}
