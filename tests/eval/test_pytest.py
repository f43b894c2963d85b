"""Tests in files of pytest: what the store has of them, which derivations run them, bad input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.eval.evaluation import TREE, evaluate, evaluate_nixos, refusal, refusal_nixos

nixos = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
SCRIPT = 'testScript = "";'

# Name of the case: options with ${tests}, a folder with tests, and the message about a test.
BAD = {
    "both": (
        "tests = %s/tests; testScript = {nodes}: 5;",
        "test `t` has both `testScript` and `tests`: a test is one script, or files with tests of",
    ),
    "neither": ("", "test `t` has no `testScript`: give Python source, a file with it, or a "),
    "neither says the other way": ("", " Or give `tests`, a folder with tests of pytest."),
    "null is neither": ("tests = null;", "test `t` has no `testScript`: give Python source,"),
    "an empty folder": (
        "tests = %s/empty;",
        "/empty, which has no tests: no file test_*.py or *_test.py is in it or in a folder below",
    ),
    "a folder without tests": ("tests = %s/none;", "/none, which has no tests: no file test_*.py"),
    "tests in caches alone": ("tests = %s/caches;", "/caches, which has no tests: no file"),
    "nothing there": (
        "tests = %s/missing;",
        "/missing, which was not found. In a flake of a Git repository, files exist once they",
    ),
    "a file that pytest does not look for": (
        "tests = %s/none/helper.py;",
        "/none/helper.py, whose name pytest does not look for: call it test_*.py or *_test.py,",
    ),
    "a link": (
        "tests = %s/link;",
        "/link, which is neither a folder nor a file (Nix says: symlink)",
    ),
    "what is built": (
        'tests = "${derivation { name = "made"; system = "x86_64-linux"; builder = "/b"; }}";',
        "`tests` is made by a derivation, /nix/store/",
    ),
    "arguments without tests": (
        SCRIPT + 'pytest.args = [ "-x" ];',
        "test `t` has `pytest.args`, which is for tests in files: give these as `tests` instead of",
    ),
    "isolation without tests": (
        SCRIPT + 'pytest.isolation = "boot";',
        "test `t` has `pytest.isolation`, which is for tests in files",
    ),
    "a split without tests": (
        SCRIPT + 'pytest.split = "file";',
        "test `t` has `pytest.split`, which is for tests in files",
    ),
    "files of one name": (
        'tests = %s/twins; pytest.split = "file";',
        ": test_a/test_b.py and test_a-test_b.py would both be called `test_a-test_b`: rename one",
    ),
}
# Of these, NixOS tests hear in the same way.
BOTH_KINDS = ["both", "neither", "an empty folder", "isolation without tests"]
# The messages for a Debian test, and those of the module system.
BAD_VALUES = {
    "a number": (
        "tests = 5;",
        "`tests` is a folder or a file with tests of pytest, as a path such as ./tests, or null, "
        "but 5 was given.",
    ),
    "a list": ("tests = [ %s/tests ];", "or null, but a list was given."),
    "a function": ("tests = { nodes }: %s/tests;", "or null, but a function was given."),
    "a relative text": ('tests = "tests";', 'or null, but "tests" was given.'),
    "an unknown option": (
        "tests = %s/tests; pytest.arg = [ ];",
        "test `t`: pytest has no option `arg`. It accepts: args, isolation, split. Did you mean "
        "`args`?",
    ),
    "arguments in one text": (
        'tests = %s/tests; pytest.args = "-x";',
        'test `t`: pytest: `args` is a list of strings, but "-x" was given.',
    ),
    "an isolation that is none": (
        'tests = %s/tests; pytest.isolation = "reboot";',
        'test `t`: pytest: `isolation` is "restore", "boot" or "none", but "reboot" was given.',
    ),
    "a split that is none": (
        'tests = %s/tests; pytest.split = "test";',
        'test `t`: pytest: `split` is "none" or "file", but "test" was given.',
    ),
    "pytest that is no set": (
        "tests = %s/tests; pytest = true;",
        "`pytest` is an attribute set with `args`, `isolation`, `split`, but true was given.",
    ),
}
BAD_NIXOS_VALUES = {
    "a number": ("tests = 5;", "A definition for option `tests' is not of type `null or"),
    "a function": (
        "tests = { nodes }: %s/tests;",
        "A definition for option `tests' is not of type `null or",
    ),
    "an unknown option": (
        "tests = %s/tests; pytest.arg = [ ];",
        "`pytest.arg`, defined in <unknown-file>, is no option of a test. Options with a similar "
        "name are `pytest.args`",
    ),
    "an isolation that is none": (
        'tests = %s/tests; pytest.isolation = "reboot";',
        '`pytest.isolation\' is not of type `one of "restore", "boot", "none"\'',
    ),
    "a split that is none": (
        'tests = %s/tests; pytest.split = "test";',
        '`pytest.split\' is not of type `one of "none", "file"\'',
    ),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folders with tests, and some that are refused."""
    top = tmp_path_factory.mktemp("project")
    for name in (
        "tests/test_web.py",
        "tests/conftest.py",
        "tests/helpers.py",
        "tests/data/page.html",
        "tests/deep/er/api_test.py",
        "tests/deep/conftest.py",
        "none/helper.py",
        "none/test_data.txt",
        "caches/__pycache__/test_a.py",
        "caches/.hidden/test_a.py",
        "caches/.#test_a.py",
        "twins/test_a/test_b.py",
        "twins/test_a-test_b.py",
    ):
        file = top / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"# {name}\n")
    (top / "empty/folders").mkdir(parents=True)
    (top / "link").symlink_to("tests")
    return top


def _debian(folder: Path, options: str, wanted: str) -> str:
    given = options.replace("%s", str(folder))
    return f'let t = runTest {{ name = "t"; nodes.a = {{ }}; {given} }}; in {wanted}'


@pytest.mark.parametrize(("options", "message"), BAD.values(), ids=BAD.keys())
def test_a_bad_test_is_refused(folder: Path, options: str, message: str) -> None:
    assert message in refusal(_debian(folder, options, "t.drvPath"))


@pytest.mark.parametrize(("options", "message"), BAD_VALUES.values(), ids=BAD_VALUES.keys())
def test_a_wrong_value_is_refused(folder: Path, options: str, message: str) -> None:
    assert message in refusal(_debian(folder, options, "t.drvPath"))


@nixos
@pytest.mark.timeout(400)
@pytest.mark.parametrize(
    ("options", "message"),
    [*map(BAD.get, BOTH_KINDS), *BAD_NIXOS_VALUES.values()],
    ids=[*BOTH_KINDS, *BAD_NIXOS_VALUES],
)
def test_nixos_tests_are_refused_too(folder: Path, options: str, message: str) -> None:
    given = options.replace("%s", str(folder))
    test = f"(library.runTest (test {{ nodes.a = {{ }}; {given} }})).drvPath"
    assert message in refusal_nixos(test)


def _stored(folder: Path, tests: Path, wanted: str = "t.testsFolder") -> Any:  # noqa: ANN401 (any value of Nix)
    options = f'tests = {tests}; pytest.split = "file";'
    return evaluate(_debian(folder, options, wanted))


LISTED = """
  let
    inherit (builtins) attrNames concatMap readDir;
    below = prefix: place: concatMap (name:
      if (readDir place).${name} == "directory" then below "${prefix}${name}/" (place + "/${name}")
      else [ "${prefix}${name}" ]
    ) (attrNames (readDir place));
  in below "" t.%s.testsFolder
"""


def _files(folder: Path, tests: Path, of: str) -> list[str]:
    found: list[str] = _stored(folder, tests, LISTED % of)
    return found


def test_each_file_has_a_folder_without_the_other_tests(folder: Path) -> None:
    common = ["conftest.py", "data/page.html", "deep/conftest.py", "helpers.py"]
    web = _files(folder, folder / "tests", "files.test_web")
    assert web == sorted([*common, "test_web.py"])
    api = _files(folder, folder / "tests", "files.deep-er-api_test")
    assert api == sorted([*common, "deep/er/api_test.py"])
    assert _stored(folder, folder / "tests", "builtins.attrNames t.files") == [
        "deep-er-api_test",
        "test_web",
    ]


def test_one_file_comes_with_its_conftest_alone(folder: Path) -> None:
    file = folder / "tests/test_web.py"
    assert _files(folder, file, "files.test_web") == ["conftest.py", "test_web.py"]
    assert _stored(folder, file, "[ t.pytest.start t.pytest.stored ]") == [
        str(file),
        _stored(folder, file, "t.files.test_web.testsFolder") + "/test_web.py",
    ]


def _copy(folder: Path, to: Path) -> Path:
    for file in (folder / "tests").rglob("*.*"):
        copied = to / file.relative_to(folder / "tests")
        copied.parent.mkdir(parents=True, exist_ok=True)
        copied.write_bytes(file.read_bytes())
    return to


DERIVATIONS = """{
  inherit (t) drvPath;
  testbed = t.testbed.drvPath;
  report = t.report.drvPath;
  files = builtins.mapAttrs (_: file: [ file.drvPath file.report.drvPath ]) t.files;
}"""


def _derivations(folder: Path, tests: Path) -> dict[str, Any]:
    found: dict[str, Any] = _stored(folder, tests, DERIVATIONS)
    return found


def test_a_changed_file_changes_its_own_run_alone(folder: Path, tmp_path: Path) -> None:
    tests = _copy(folder, tmp_path / "tests")
    before = _derivations(folder, tests)
    (tests / "test_web.py").write_text("def test_other(a): ...\n")
    after = _derivations(folder, tests)
    assert after["testbed"] == before["testbed"]
    assert after["files"]["deep-er-api_test"] == before["files"]["deep-er-api_test"]
    assert after["files"]["test_web"] != before["files"]["test_web"]
    # These collect the results.
    assert after["drvPath"] != before["drvPath"]
    (tests / "helpers.py").write_text("changed = True\n")
    shared = _derivations(folder, tests)
    assert shared["files"]["deep-er-api_test"] != before["files"]["deep-er-api_test"]
    assert shared["testbed"] == before["testbed"]


def test_the_collected_results_depend_on_the_runs_and_on_no_machine(folder: Path) -> None:
    runs = _stored(
        folder,
        folder / "tests",
        "{ inherit (t) runs; files = map (one: one.outPath) (builtins.attrValues t.files);"
        " takes = t ? driver && t ? configuration; }",
    )
    assert runs["runs"].split() == [
        "deep-er-api_test",
        runs["files"][0],
        "test_web",
        runs["files"][1],
    ]
    assert runs["takes"] is False


def test_place_and_leftovers_of_the_folder_do_not_count(folder: Path, tmp_path: Path) -> None:
    tests = _copy(folder, tmp_path / "elsewhere")
    before = _derivations(folder, folder / "tests")
    for name in (
        "__pycache__/test_web.cpython-313.pyc",
        "deep/__pycache__/test_more.py",
        ".pytest_cache/v/cache/lastfailed",
        ".hypothesis/examples/x",
        ".test_web.py.swp",
        "test_web.py~",
        "#test_web.py#",
        ".#test_web.py",
        "old.pyc",
        ".DS_Store",
    ):
        file = tests / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("left behind")
    after = _derivations(folder, tests)
    assert list(after["files"]) == list(before["files"])
    for name in ("test_web", "deep-er-api_test"):
        stored = [
            _stored(folder, place, f"t.files.{name}.testsFolder")
            for place in (tests, folder / "tests")
        ]
        assert stored[0] == stored[1]


@pytest.mark.parametrize(
    ("options", "more"),
    [
        (SCRIPT, []),
        ("tests = %s/tests;", ["pytest"]),
        ('tests = %s/tests; pytest.split = "file";', ["files", "pytest"]),
    ],
)
def test_a_test_has_what_its_kind_takes(folder: Path, options: str, more: list[str]) -> None:
    every = "config driver driverInteractive meta nodes repeat report scriptCheck test testbed"
    names = " ".join(f'"{name}"' for name in [*every.split(), "files", "pytest"])
    found = evaluate(_debian(folder, options, f"builtins.filter (n: t ? ${{n}}) [ {names} ]"))
    assert found == [*every.split(), *more]


def test_the_driver_is_told_where_the_tests_are(folder: Path) -> None:
    options = 'tests = %s/tests; pytest.args = [ "-k" "it\'s" ]; pytest.isolation = "boot";'
    told = evaluate(
        _debian(
            folder,
            options,
            "{ inherit (t) testsFlags testsFolder; document = t.driverConfiguration.isolation;"
            " program = [ t.driver.testsFolder t.driverInteractive.testsFolder"
            ' t.scriptCheck.testsFolder t.report.testsFolder t.repeat."2".testsFolder ]; }',
        )
    )
    assert isinstance(told, dict)
    assert told["testsFlags"] == (
        f"'--tests-source={folder}/tests' '--pytest-argument=-k' '--pytest-argument=it'\\''s'"
    )
    split = options + ' pytest.split = "file";'
    of_file = evaluate(_debian(folder, split, "t.files.test_web.testsFlags"))
    # Other tests than those that are selected may be in the file.
    assert of_file == told["testsFlags"] + " '--pytest-argument=--allow-no-tests'"
    assert set(told["program"]) == {told["testsFolder"]}
    assert told["testsFolder"].endswith("-tests")
    assert told["document"] == "boot"


def test_the_document_of_other_tests_says_nothing_of_isolation(folder: Path) -> None:
    for options in (SCRIPT, "tests = %s/tests;"):
        assert evaluate(_debian(folder, options, "t.driverConfiguration ? isolation")) is False


def test_a_testbed_has_no_test(folder: Path) -> None:
    wanted = "[ t.testbed.drvPath (t.testbed ? testsFolder || t.testbed ? testScript) ]"
    bare = evaluate(_debian(folder, SCRIPT, wanted))
    assert isinstance(bare, list)
    assert bare[1] is False
    for options in ("tests = %s/tests;", 'testScript = "a.start()";', "tests = %s/twins;"):
        assert evaluate(_debian(folder, options, wanted)) == bare


@nixos
@pytest.mark.timeout(400)
def test_nixos_tests_have_the_same(folder: Path) -> None:
    test = f"""
      let
        t = library.runTest (test {{
          nodes.a = {{ }};
          tests = {folder}/tests;
          pytest = {{ args = [ "-x" ]; isolation = "none"; split = "file"; }};
        }});
        script = runTest {{ nodes.a = {{ }}; }};
      in {{
        names = builtins.attrNames t.files;
        inherit (t.driverConfiguration) isolation;
        builds = map (one: one.drvPath) [ t t.report t.testbed t.pytest t.driver t.scriptCheck
          t.files.test_web t.files.test_web.report t.repeat."2" t.driverInteractive ];
        script = [ (script ? files) (script ? pytest) (script.driverConfiguration ? isolation) ];
        testbed = script.testbed.name;
        inherit (t.config.testContent.files.test_web) testsFlags;
      }}
    """
    made = evaluate_nixos(test)
    assert isinstance(made, dict)
    assert made["names"] == ["deep-er-api_test", "test_web"]
    assert made["isolation"] == "none"
    assert len(set(made["builds"])) == 10
    assert made["script"] == [False, False, False]
    assert made["testbed"] == "testbed-t"
    assert made["testsFlags"] == (
        f"'--tests-source={folder}/tests' '--pytest-argument=-x'"
        " '--pytest-argument=--allow-no-tests'"
    )
