"""Python packages that a test of Debian machines brings along: by name, and by path."""

from __future__ import annotations

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
    assert ("tesseract-ocr" in found) == (ocr == "true")


def test_what_the_driver_has_is_not_brought_along_again() -> None:
    found = evaluate(
        'map (one: one.package) (debian.tools.pythonModules [ "python3-hypothesis" ]).debs'
    )
    assert found == ["python3-hypothesis"]
    found = evaluate(
        'map (one: one.package) (debian.tools.pythonModules [ "python3-pexpect" ]).debs'
    )
    assert found == ["python3-pexpect", "python3-ptyprocess"]


@pytest.mark.parametrize(
    ("packages", "message"),
    [
        (
            '[ "python3-requests" ]',
            "package `python3-requests` is not locked for Debian suite `trixie`. Add it with: "
            "nix run .#debian -- lock add trixie python3-requests",
        ),
        ('[ "Requests" ]', "package `Requests` is not locked for Debian suite `trixie`"),
        (
            "[ 3 ]",
            "test `t`: `extraPythonPackages` is a list of names of Debian packages, or paths, but "
            "a list whose element 1 is 3 was given.",
        ),
        ("p: [ p.six ]", "or paths, but a function was given."),
        ('"python3-six"', 'or paths, but "python3-six" was given.'),
        ("[ null ]", "or paths, but a list whose element 1 is null was given."),
    ],
)
def test_what_cannot_be_brought_along_is_refused(packages: str, message: str) -> None:
    assert message in " ".join(refusal(f"({_test(packages)}).drvPath").split())
