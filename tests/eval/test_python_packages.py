"""Python packages that a test of Debian machines brings along: by name, and by path."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

SAMPLE = f"{SOURCE}/driver/tests/support/greetings_extension"


def _test(packages: str, more: str = "") -> str:
    return (
        'runTest { name = "t"; nodes.a = { }; testScript = ""; '
        f"extraPythonPackages = {packages}; {more} }}"
    )


def test_the_driver_is_told_where_they_are() -> None:
    packages = f'[ "python3-psutil" {SAMPLE} "/nix/store/x" ]'
    value = evaluate(f"({_test(packages)}).driverConfiguration.python_path")
    assert isinstance(value, list)
    modules, folder, given = value
    assert modules.endswith("-debian-python-modules")
    assert folder.endswith("-greetings_extension")
    assert folder.startswith("/nix/store/")
    assert given == "/nix/store/x"


def test_without_them_nothing_changes() -> None:
    test = 'runTest { name = "t"; nodes.a = { }; testScript = ""; }'
    assert evaluate(f"({test}).config ? python_path") is False
    assert evaluate(f"({test}).drvPath == ({_test('[ ]')}).drvPath") is True


def test_a_folder_is_at_hand_in_the_check_of_the_script_and_changes_no_driver() -> None:
    given = _test(f"[ {SAMPLE} ]")
    held = "one: builtins.any (x: x ? path) (builtins.attrValues (builtins.getContext one))"
    context = f'({held}) (builtins.concatStringsSep "" ({given}).scriptCheck.pythonPath)'
    assert evaluate(context) is True
    driver = "(({}).scriptCheck.driver).drvPath"
    assert evaluate(f"{driver.format(given)} == {driver.format(_test('[ ]'))}") is True


@pytest.mark.parametrize("ocr", ["true", "false"])
def test_debian_packages_are_in_the_python_of_the_driver(ocr: str) -> None:
    more = f"enableOCR = {ocr};"
    given, without = _test('[ "python3-psutil" ]', more), _test("[ ]", more)
    driver = "(({}).scriptCheck.driver).drvPath"
    assert evaluate(f"{driver.format(given)} == {driver.format(without)}") is False
    debs = f"map (one: one.package) (({given}).scriptCheck.driver.tools.debs)"
    found = evaluate(debs)
    assert isinstance(found, list)
    assert {"python3-psutil", "python3-pydantic", "python3-qemu-qmp"} <= set(found)
    reads = {"tesseract-ocr", "python3-pil", "python3-pytesseract", "python3-packaging"}
    assert reads & set(found) == (reads if ocr == "true" else set())


def test_what_the_driver_has_is_not_brought_along_again() -> None:
    found = evaluate(
        'map (one: one.package) (debian.tools.pythonModules [ "python3-hypothesis" ]).debs'
    )
    assert found == ["python3-hypothesis"]
    found = evaluate(
        'map (one: one.package) (debian.tools.pythonModules [ "python3-pexpect" ]).debs'
    )
    assert found == ["python3-pexpect", "python3-ptyprocess"]


def test_a_wheel_brings_along_those_that_it_depends_on() -> None:
    given = _test('[ "Stamina" ]')
    (modules,) = _list(f"({given}).driverConfiguration.python_path")
    assert str(modules).endswith("-python-wheel-modules")
    assert evaluate(f"map (one: one.package) ({_modules('STAMINA')}).wheels") == [
        "stamina",
        "tenacity",
    ]
    # The driver is that of a test without wheels.
    driver = "(({}).scriptCheck.driver).drvPath"
    assert evaluate(f"{driver.format(given)} == {driver.format(_test('[ ]'))}") is True


def test_wheels_are_looked_at_with_the_debian_packages_of_the_test() -> None:
    path = "({}).driverConfiguration.python_path"
    modules, wheels = _list(path.format(_test('[ "stamina" "python3-psutil" ]')))
    assert str(modules).endswith("-debian-python-modules")
    assert str(wheels).endswith("-python-wheel-modules")
    assert evaluate(path.format(_test('[ "stamina" ]'))) != [wheels]


def test_a_wheel_that_was_not_fetched_fails_its_build_and_names_the_command() -> None:
    wheel = f"builtins.head ({_modules('stamina')}).wheels"
    kind, program, script = _list(
        f"let one = {wheel}; in [ one.kind one.program (toString (builtins.elemAt one.args 1)) ]"
    )
    assert (kind, Path(str(script)).name) == ("Python wheel", "not-fetched.sh")
    assert str(program).endswith("/rehearse-debian")


def test_a_lock_without_wheels_is_that_of_before(tmp_path: Path) -> None:
    lock = json.loads((SOURCE / "lib/debian/debian.lock.json").read_text())
    del lock["pypi"]
    file = tmp_path / "debian.lock.json"
    file.write_text(json.dumps({**lock, "version": 1}))
    test = (
        '({}.runTest {{ name = "t"; nodes.a = {{ }}; testScript = ""; '
        "extraPythonPackages = {}; }}).drvPath"
    )
    other = f"(debian.withLock {file})"
    same = f"{test.format(other, '[ ]')} == {test.format('debian', '[ ]')}"
    assert evaluate(same) is True
    message = "Python package `stamina` is not locked: the lock has no wheel of it."
    assert message in " ".join(refusal(test.format(other, '[ "stamina" ]')).split())


def _modules(name: str) -> str:
    return f'debian.tools.wheelModules {{ names = [ "{name}" ]; tree = ""; }}'


def _list(expression: str) -> list[object]:
    value = evaluate(expression)
    assert isinstance(value, list)
    return value


@pytest.mark.parametrize(
    ("packages", "message"),
    [
        (
            '[ "python3-no-such" ]',
            "package `python3-no-such` is not locked for Debian suite `trixie`. Add it with: "
            "nix run .#debian -- lock add trixie python3-no-such",
        ),
        (
            '[ "Requests" ]',
            "rehearse: Python package `requests` is not locked: the lock has no wheel of it. Add "
            "it with: nix run .#debian -- lock add pypi requests In a flake of your own, copy ",
        ),
        (
            '[ "python-dateutil" ]',
            "If the module comes from a Debian package, write the name of that, which begins with "
            "`python3-`.",
        ),
        (
            '[ "stamina>=25" ]',
            "test `t`: `extraPythonPackages` has `stamina>=25`, which is no name of a package: a "
            "path begins with / or is no string, and versions are in the lock, for example by: nix "
            "run .#debian -- lock add pypi 'stamina>=25'",
        ),
        ('[ "./queue-tests" ]', "has `./queue-tests`, which is no name of a package"),
        ('[ "" ]', "has ``, which is no name of a package"),
        (
            "[ 3 ]",
            "test `t`: `extraPythonPackages` is a list of names of Debian packages or of wheels, "
            "or paths, but a list whose element 1 is 3 was given.",
        ),
        ("p: [ p.six ]", "or paths, but a function was given."),
        ('"python3-six"', 'or paths, but "python3-six" was given.'),
        ("[ null ]", "or paths, but a list whose element 1 is null was given."),
    ],
)
def test_what_cannot_be_brought_along_is_refused(packages: str, message: str) -> None:
    assert message in " ".join(refusal(f"({_test(packages)}).drvPath").split())
