"""The pinned files in the graph of a build, as several versions of Nix print it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from debian_archive.derivations import Derivation, Graph, PinnedFile, PinnedWheel, parse_derivations
from debian_archive.errors import DerivationsUnreadable
from debian_archive.lock import LockedPackage, LockedWheel

SAMPLES = sorted((Path(__file__).parent / "samples").glob("nix-*.json"))
BUSYBOX = "/nix/store/czaa97fdrgf0vp2hln21x8km38s5a1ah-busybox"
HELLO = "/nix/store/r1crs2zawkns0c5apcb1kazhpzyqkpnq-hello_1.0-1_amd64.deb"
RESULT = "/nix/store/jyjyl709dbcyyky7z7yn940kzl5rxjdi-t"


def test_there_is_a_sample_of_every_shape() -> None:
    assert [path.stem for path in SAMPLES] == [
        "nix-2.18.1",
        "nix-2.26.3",
        "nix-2.32.8",
        "nix-2.34.8",
    ]


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_every_shape_gives_the_same_graph(sample: Path) -> None:
    graph = parse_derivations(sample.read_text())
    assert graph.outputs() == sorted([BUSYBOX, HELLO, RESULT])
    assert graph.roots == ("sdl5d47qghxdyvvfnsg759ar0mkv09wf-t.drv",)
    busybox, hello = graph.needed([BUSYBOX, HELLO, RESULT])
    assert isinstance(busybox, PinnedFile)
    assert (busybox.kind, busybox.name, busybox.store_path) == (
        "busybox",
        "busybox-static",
        BUSYBOX,
    )
    assert hello == PinnedFile(
        kind="deb",
        suite="trixie",
        name="hello",
        store_path=HELLO,
        package=LockedPackage(
            version="1.0-1",
            path="pool/main/h/hello/hello_1.0-1_amd64.deb",
            sha256="2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824",
            size=5,
            depends=(),
        ),
    )


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_only_what_is_not_in_the_store_is_needed(sample: Path) -> None:
    graph = parse_derivations(sample.read_text())
    assert [file.store_path for file in graph.needed([HELLO, RESULT])] == [HELLO]
    assert graph.needed([RESULT]) == []


def test_what_stands_behind_a_finished_result_is_not_needed() -> None:
    graph = parse_derivations(SAMPLES[0].read_text())
    assert graph.needed([BUSYBOX, HELLO]) == []


def test_an_output_without_a_known_path_is_not_taken_for_finished() -> None:
    known = parse_derivations(SAMPLES[0].read_text())
    root = known.roots[0]
    unknown = Derivation(outputs=(None,), inputs=known.derivations[root].inputs, pinned=None)
    graph = Graph(derivations={**known.derivations, root: unknown}, roots=(root,))
    assert [file.store_path for file in graph.needed([HELLO])] == [HELLO]


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("nothing", "JSONDecodeError"),
        ("[]", "list"),
        ('{"a.drv": {"outputs": {}}}', "KeyError"),
        ('{"a.drv": {"env": {}, "outputs": {}, "inputDrvs": {"b.drv": []}}}', r"b\.drv"),
    ],
)
def test_another_shape_is_told(text: str, detail: str) -> None:
    with pytest.raises(
        DerivationsUnreadable,
        match=rf"'nix derivation show' is not understood \(.*{detail}.*\)\. Known are Nix 2\.18",
    ):
        parse_derivations(text)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_a_wheel_is_found_with_its_pip(sample: Path) -> None:
    fields = {
        "name": "stamina",
        "version": "25.1",
        "file": "s.whl",
        "sha256": "a",
        "python": "3.13",
    }
    document = json.loads(sample.read_text())
    for value in document.get("derivations", document).values():
        if "hello_" in value["env"].get("debianFile", ""):
            del value["env"]["debianFile"]
            value["env"] |= {"pythonWheel": json.dumps(fields), "pip": BUSYBOX}
    (wheel,) = parse_derivations(json.dumps(document)).needed([HELLO, RESULT])
    assert wheel == PinnedWheel(
        name="stamina",
        wheel=LockedWheel(version="25.1", file="s.whl", sha256="a", depends=()),
        python="3.13",
        store_path=HELLO,
        pip=BUSYBOX,
    )


def test_a_pinned_file_that_lacks_a_field_is_told() -> None:
    document = json.loads(SAMPLES[0].read_text())
    for value in document.values():
        if "debianFile" in value["env"]:
            value["env"]["debianFile"] = '{"kind": "deb"}'
    with pytest.raises(DerivationsUnreadable, match="KeyError"):
        parse_derivations(json.dumps(document))
