"""What wheels need, with conditions that hold for Python 3.13, whatever Python runs this."""

from __future__ import annotations

import pytest
from small_deb import Deb

from debian_archive.errors import RequirementMalformed, WheelsUnresolvable
from debian_archive.lock import LockedWheel
from debian_archive.pip import FoundWheel, unpacked_pip
from debian_archive.wheel_graph import Requirements


@pytest.fixture(scope="module")
def reader(pip_deb: Deb, tmp_path_factory: pytest.TempPathFactory) -> Requirements:
    deb = tmp_path_factory.mktemp("pip") / "pip.deb"
    deb.write_bytes(pip_deb.content)
    with unpacked_pip(deb, "3.13") as pip:
        return Requirements(pip.modules, "3.13.5")


def _found(name: str, version: str, *requires: str) -> FoundWheel:
    wheel = LockedWheel(version=version, file="x-none-any.whl", sha256="a" * 64, depends=())
    return FoundWheel(name=name, wheel=wheel, requires=requires)


def test_conditions_are_those_of_the_python_of_tests(reader: Requirements) -> None:
    found = [
        _found(
            "a",
            "1",
            'old; python_version < "3.13"',
            'Now>=2; python_full_version >= "3.13.2" and sys_platform == "linux"',
            'win; sys_platform == "win32"',
            'more; extra == "big"',
        ),
        _found("now", "2.1"),
        _found("old", "1"),
    ]
    depends, missing = reader.graph(["a"], found)
    assert depends == {"a": ("now",), "now": ()}
    assert missing == []


def test_extras_bring_what_they_need(reader: Requirements) -> None:
    found = [
        _found("a", "1", 'b; extra == "big"', 'a[big]; extra == "all"'),
        _found("b", "1"),
    ]
    assert reader.graph(["a[all]"], found) == ({"a": ("b",), "b": ()}, [])
    assert reader.graph(["a"], found) == ({"a": ()}, [])


def test_what_is_missing_is_told_without_its_condition(reader: Requirements) -> None:
    found = [
        _found("a", "1", 'b>=2; python_version >= "3.13"', 'c<1; python_version >= "3.13"'),
        _found("c", "1"),
    ]
    depends, missing = reader.graph(["a"], found)
    assert depends == {"a": ("b", "c")}
    assert sorted(missing) == ["b>=2", "c<1"]


def test_what_is_not_from_an_index_is_refused(reader: Requirements) -> None:
    found = [_found("a", "1", "b @ file:///b-1-py3-none-any.whl"), _found("b", "1")]
    with pytest.raises(
        WheelsUnresolvable,
        match=r"^pip finds no wheels for a:\nb ?@ file:///b-1-py3-none-any\.whl is not from an",
    ):
        reader.graph(["a"], found)


def test_a_circle_ends(reader: Requirements) -> None:
    found = [_found("a", "1", "b"), _found("b", "1", "a")]
    assert reader.graph(["a"], found) == ({"a": ("b",), "b": ("a",)}, [])


def test_a_pre_release_that_was_chosen_meets(reader: Requirements) -> None:
    assert reader.graph(["a>=1"], [_found("a", "2.0rc1")]) == ({"a": ()}, [])


def test_a_name_is_read(reader: Requirements) -> None:
    assert reader.name(" Typing_Extensions [x] >= 4, < 5") == "typing-extensions"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("./stamina", "is not a requirement"),
        ("-r x.txt", "is not a requirement"),
        ("stamina 25", "is not a requirement"),
        ("", "is not a requirement"),
        ("stamina @ https://example.org/s.whl", "has an address"),
        ("stamina; python_version < '3'", "has a condition"),
    ],
)
def test_what_cannot_be_locked_is_refused(reader: Requirements, text: str, problem: str) -> None:
    with pytest.raises(RequirementMalformed) as raised:
        reader.name(text)
    assert str(raised.value) == (
        f"'{text}' {problem}. Accepted is the name of a distribution, with versions if they "
        "matter: stamina, or 'stamina>=25,<26'"
    )
