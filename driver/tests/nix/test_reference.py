"""References to values of flakes."""

import pytest

from test_driver.errors import ConfigurationError
from test_driver.nix.reference import nearest, read_reference

X86 = "x86_64-linux"


@pytest.mark.parametrize(
    ("text", "installable"),
    [
        (".#checks.x86_64-linux", ".#checks.x86_64-linux"),
        (".#checks", ".#checks.x86_64-linux"),
        ("#checks.aarch64-linux.web", ".#checks.aarch64-linux.web"),
        ('github:a/b#checks."x.y".web', 'github:a/b#checks."x.y".web'),
        ("./sub#suite", "./sub#suite"),
    ],
)
def test_references(text: str, installable: str) -> None:
    assert read_reference(text, X86).installable == installable


@pytest.mark.parametrize("text", ["", ".", ".#", "#", "checks.x86_64-linux"])
def test_what_names_no_value_is_refused(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"expected a test, or a set of tests, of a flake"):
        read_reference(text, X86)


def test_the_nearest_names() -> None:
    names = [f"test-{number}" for number in range(9)]
    assert nearest("test-11", names).startswith("did you mean test-1")
    assert nearest("x", names) == "there are: test-0, test-1, test-2, test-3, test-4 and 4 more"
    assert nearest("x", []) == "there is nothing"
