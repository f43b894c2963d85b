# Options of tests in files that pytest runs.
{
  tests = {
    type.nullOr = "testFiles";
    default = null;
    exampleText = "./tests";
    description = ''
      Tests in files of pytest, instead of a `testScript`: a folder, or one file. The folder is looked through for `test_*.py` and
      `*_test.py` while Nix evaluates. A change of a test rebuilds no machine and no driver.

      All that is in the folder comes along, but for caches and files of editors. With one file, only the `conftest.py` beside it
      comes along: give the folder if tests import modules of theirs. Settings of pytest that a build needs stand in a `pytest.ini`
      in the folder, because the project's `pyproject.toml` is not in the build.
    '';
  };

  "pytest.args" = {
    type.listOf = "string";
    default = [ ];
    example = [
      "-m"
      "not slow"
    ];
    description = "Further arguments for pytest, one string each, when `tests` run in a build and by `.pytest`.";
  };

  "pytest.isolation" = {
    type.enum = [
      "restore"
      "boot"
      "none"
    ];
    default = "restore";
    example = "none";
    description = ''
      State of the machines when one of the `tests` begins. `"restore"` restores memory and disks as they were after the fixtures
      that tests share were set up. `"boot"` boots the machines afresh. `"none"` leaves them as the test before has left them.
    '';
  };

  "pytest.split" = {
    type.enum = [
      "none"
      "file"
    ];
    default = "none";
    example = "file";
    description = ''
      `"file"` runs each file of `tests` in a derivation of its own, such as `.files.test_web`, with machines of its own. A
      derivation has its file, each `conftest.py`, and all else that is no file with tests, so that a change of one file
      runs no other. A file passes if `pytest.args` select none of its tests. The derivation of the test then only collects
      the results, with one `junit.xml` of all. With `--keep-going`, Nix runs the other files after one has failed. A file
      in a folder below has the name of that folder before its own, as in `.files.web-test_pages`.
    '';
  };
}
