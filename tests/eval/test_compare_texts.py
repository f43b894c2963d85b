"""How the comparison with nixpkgs' framework reads texts that are JSON, with files inside."""

from __future__ import annotations

import json

import pytest
from fake_nixpkgs import Compare, Nixpkgs, systems

from tests.nixos.compare.structured import take_apart

JOURNAL = "[Journal]\nStorage=persistent\nMaxLevelConsole={level}\n"


def etc(nixpkgs: Nixpkgs, **texts: str) -> str:
    """Return a derivation that lists files of /etc; in their names, `_` is a slash."""
    files = [
        {"target": name.replace("_", "/"), "mode": "0644", "text": text}
        for name, text in texts.items()
    ]
    return nixpkgs.derivation("etc-json", text=json.dumps(files))


def journal(level: str) -> dict[str, str]:
    """Return the file whose level of messages docs/nixos-nodes.md lists as a difference."""
    return {"systemd_journald.conf": JOURNAL.format(level=level)}


def test_a_listed_difference_inside_of_json_counts_as_equal(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    systems(nixpkgs, etc(nixpkgs, **journal("debug")), etc(nixpkgs, **journal("info")))
    status, said = compare()
    assert status == 0
    assert "documented: the journal goes to the serial console" in said


@pytest.mark.parametrize(
    ("theirs", "ours", "seen"),
    [
        # Another level than the one that is listed.
        (
            journal("debug"),
            journal("warning"),
            "systemd/journald.conf: + MaxLevelConsole=warning\n",
        ),
        # The listed lines, in another file.
        (
            {"app.conf": "a\nMaxLevelConsole=debug\n"},
            {"app.conf": "a\nMaxLevelConsole=info\n"},
            "app.conf: - MaxLevelConsole=debug; + MaxLevelConsole=info\n",
        ),
        # A file of the same name in another folder.
        (
            {"app_journald.conf": "a\nMaxLevelConsole=debug\n"},
            {"app_journald.conf": "a\nMaxLevelConsole=info\n"},
            "app/journald.conf: - MaxLevelConsole=debug",
        ),
        # A line that is not listed beside those that are.
        (
            journal("debug"),
            {"systemd_journald.conf": JOURNAL.format(level="info") + "Seal=no\n"},
            "systemd/journald.conf: + Seal=no\n",
        ),
        # The file is missing.
        (journal("debug"), {}, "systemd/journald.conf: - [Journal]; - Storage=persistent\n"),
        # Two files have changed places, which no line shows.
        (
            {"a": "x\ny\n", "b": "z\nw\n"},
            {"a": "z\nw\n", "b": "x\ny\n"},
            "etc-json: text: a: - x; - y; + z; + w",
        ),
        # The order of lines in one file.
        ({"a": "x\ny\n"}, {"a": "y\nx\n"}, "a: - (another order) x y; + (another order) y x"),
        # A text of one line, and other values, stay values.
        ({"a": "x"}, {"a": "y"}, '[].text = "x"; + [].text = "y"'),
    ],
)
def test_other_differences_inside_of_json_are_seen(
    nixpkgs: Nixpkgs, compare: Compare, theirs: dict[str, str], ours: dict[str, str], seen: str
) -> None:
    systems(nixpkgs, etc(nixpkgs, **theirs), etc(nixpkgs, **ours))
    status, said = compare()
    assert status == 1
    assert seen in said


def test_comments_in_a_file_inside_are_no_difference(nixpkgs: Nixpkgs, compare: Compare) -> None:
    systems(nixpkgs, etc(nixpkgs, a="# One.\nx\ny\n"), etc(nixpkgs, a="# Other.\nx\ny\n"))
    assert compare()[0] == 0


def test_a_file_inside_that_has_the_name_of_a_derivation_is_not_taken_for_it(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    one, other = (etc(nixpkgs, **{"unit-backdoor.service": f"a\n{x}\n"}) for x in "xy")
    systems(nixpkgs, one, other)
    assert compare()[0] == 1


@pytest.mark.parametrize(
    ("value", "files"),
    [
        ([{"target": "a", "text": "x\ny"}], {"a": "x\ny"}),
        ({"etc": [{"path": "/a", "content": "x\ny"}]}, {"/a": "x\ny"}),
        ({"units": {"a.service": "x\ny"}}, {".units.a.service": "x\ny"}),
        ([{"name": "n", "target": "t", "text": "x\ny"}], {"t": "x\ny"}),
        ([{"name": "n", "more": [{"text": "x\ny"}]}], {"n": "x\ny"}),
        ([{"text": "x\ny"}, {"text": "z\nw"}], {"[].text": "x\ny", "[].text (another)": "z\nw"}),
        ([{"target": 3, "text": "x\ny"}], {"[].text": "x\ny"}),
        ([{"target": "a", "text": "one line\n"}], {}),
        ([], {}),
    ],
)
def test_files_are_found_by_the_object_that_holds_them(
    value: object, files: dict[str, str]
) -> None:
    parts = take_apart(json.dumps(value))
    assert parts is not None
    assert parts.files == files


@pytest.mark.parametrize("text", ["", "plain", "[Manager]\nA=1\n", "{ lib }: lib", '"text"'])
def test_other_texts_are_not_taken_apart(text: str) -> None:
    assert take_apart(text) is None


AGENT = "unit-qemu-guest-agent.service"


def units(nixpkgs: Nixpkgs, *names: str) -> str:
    """Return a derivation that links units, as NixOS' list of them does."""
    loop = f"for i in {' '.join(names)}; do"
    return nixpkgs.derivation(
        "system-units", buildCommand=f"mkdir -p $out\n{loop}\n  ln $i\ndone\n"
    )


def test_a_listed_unit_in_a_list_counts_as_equal(nixpkgs: Nixpkgs, compare: Compare) -> None:
    systems(nixpkgs, units(nixpkgs, "unit-a.service"), units(nixpkgs, "unit-a.service", AGENT))
    status, said = compare()
    assert (status, "documented: the guest agent runs" in said) == (0, True)


@pytest.mark.parametrize(
    ("theirs", "ours", "seen"),
    [
        (["a.service"], ["a.service", AGENT, "unit-more.service"], "+ unit-more.service"),
        (["a.service", "b.service"], ["a.service", AGENT], "- b.service"),
        (["a.service", AGENT], ["b.service", AGENT], "- a.service; + b.service"),
        ([AGENT, "a.service"], ["a.service", AGENT], "- (another order)"),
        (["x-qemu-guest-agent.service-x y"], ["y", AGENT, "z"], "+ z"),
    ],
)
def test_another_unit_in_the_same_list_is_seen(
    nixpkgs: Nixpkgs, compare: Compare, theirs: list[str], ours: list[str], seen: str
) -> None:
    systems(nixpkgs, units(nixpkgs, *theirs), units(nixpkgs, *ours))
    status, said = compare()
    assert status == 1
    assert seen in said


def stage_2(nixpkgs: Nixpkgs, **fields: str) -> str:
    """Return the derivation of the script that begins stage 2."""
    return nixpkgs.derivation("stage-2-init.sh", **fields)


def test_a_container_without_the_resolv_conf_of_the_host_is_listed(
    nixpkgs: Nixpkgs, compare: Compare
) -> None:
    one = stage_2(nixpkgs, path="/c/bin:openresolv-3/bin", useHostResolvConf="1")
    other = stage_2(nixpkgs, path="/c/bin", useHostResolvConf="")
    systems(nixpkgs, one, other)
    status, said = compare()
    assert (status, "documented: containers do not copy the `resolv.conf`" in said) == (0, True)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ({"useHostResolvConf": ""}, {"useHostResolvConf": "1"}),
        ({"isExecutable": "1"}, {"isExecutable": ""}),
        ({"path": "/a/bin:/b/bin"}, {"path": "/a/bin"}),
        ({"path": "/a/bin:/b/bin"}, {"path": "/b/bin:/a/bin"}),
    ],
)
def test_other_changes_of_stage_2_are_seen(
    nixpkgs: Nixpkgs, compare: Compare, theirs: dict[str, str], ours: dict[str, str]
) -> None:
    systems(nixpkgs, stage_2(nixpkgs, **theirs), stage_2(nixpkgs, **ours))
    assert compare()[0] == 1
