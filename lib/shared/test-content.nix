/**
  What a test runs, as its derivations take it: a script, or a folder with tests of pytest.

  Type: { fail :: string -> a throw, hasScript :: bool, script, tests, pytest } -> {
    attributes;    of a derivation that runs all of it
    files :: { <name> = attributes; } or null;    of those that run a file of tests each
    folder :: as test-folder.nix, or null
  }

  `script` has the attributes that a script stands for, and the others are the options of those names. `fail` gets what is wrong
  with the test, as a sentence about it.

  Example: (testContent { fail = throw; hasScript = false; tests = ./tests; pytest = { ... }; script = null; }).attributes.testsFolder
*/
{
  fail,
  hasScript,
  script,
  tests,
  pytest,
}:
let
  inherit (builtins)
    filter
    head
    map
    mapAttrs
    ;
  options = import ../options/test/pytest.nix;
  hasTests = tests != null;
  given = filter (name: pytest.${name} != options."pytest.${name}".default) [
    "args"
    "isolation"
    "split"
  ];

  folder = import ./test-folder.nix { fail = message: fail ": ${message}"; } tests;
  ofFolder = arguments: stored: {
    testsFolder = stored;
    testsFlags = import ./shell-arguments.nix (
      [ "--tests-source=${folder.source}" ]
      ++ map (argument: "--pytest-argument=${argument}") (pytest.args ++ arguments)
    );
  };
in
if hasScript && hasTests then
  fail " has both `testScript` and `tests`: a test is one script, or files with tests of pytest. Remove one of them."
else if !hasScript && !hasTests then
  fail " has no `testScript`: give Python source, a file with it, or a function from { nodes } to one of them. Or give `tests`, a folder with tests of pytest."
else if hasScript && given != [ ] then
  fail " has `pytest.${head given}`, which is for tests in files: give these as `tests` instead of `testScript`."
else if hasTests then
  {
    inherit folder;
    attributes = ofFolder [ ] folder.folder;
    # Arguments such as -k may select tests of some files alone.
    files = if pytest.split == "file" then mapAttrs (_: ofFolder [ "--allow-no-tests" ]) folder.files else null;
  }
else
  {
    folder = null;
    attributes = script;
    files = null;
  }
