"""From roots to what is locked."""

from __future__ import annotations

import logging

import pytest
from fake_index import FakeIndex, package_stanza

from debian_archive.errors import PackageUnknown, PackageUnresolvable
from debian_archive.resolve import resolve_suite


def _index(**packages: str) -> FakeIndex:
    """Make an index; the value says what a package needs or provides."""
    index = FakeIndex("trixie")
    for name, more in packages.items():
        written = name.replace("_", "-")
        index.add(package_stanza(written, "1.0", b"x", f"{more}\n" if more else ""))
    return index


def _depends(index: FakeIndex, *roots: str, essential: bool = False) -> dict[str, tuple[str, ...]]:
    suite = resolve_suite(index, roots, (), essential=essential)
    return {name: package.depends for name, package in suite.packages.items()}


def test_everything_a_root_needs_is_locked() -> None:
    index = _index(a="Depends: b, c", b="Pre-Depends: c", c="", other="")
    assert _depends(index, "a") == {"a": ("b", "c"), "b": ("c",), "c": ()}


def test_fields_come_from_the_index() -> None:
    package = resolve_suite(_index(a="Essential: yes"), ["a"], (), essential=False).packages["a"]
    assert (package.version, package.path, package.size) == ("1.0", "pool/main/a_1.0_all.deb", 1)
    assert len(package.sha256) == 64
    assert package.essential


def test_of_alternatives_the_first_that_is_locked_counts() -> None:
    index = _index(a="Depends: x | c | b", b="", c="", root="Depends: a, b")
    index.stanzas = {name: index.stanzas[name] for name in ("root", "a", "b", "c")}
    assert _depends(index, "root", "b", "c")["a"] == ("c",)


def test_a_version_that_is_not_met_is_passed_over() -> None:
    index = _index(a="Depends: b (>= 2) | c", b="", c="")
    assert _depends(index, "a", "b") == {"a": ("c",), "b": (), "c": ()}


def test_what_is_provided_stands_under_the_real_name() -> None:
    index = _index(a="Depends: awk", mawk="Provides: awk")
    assert _depends(index, "a") == {"a": ("mawk",), "mawk": ()}


def test_a_package_does_not_depend_on_itself() -> None:
    assert _depends(_index(a="Provides: b\nDepends: b"), "a") == {"a": ()}


def test_essential_packages_are_locked_when_asked() -> None:
    index = _index(a="", dash="Essential: yes\nPre-Depends: libc", libc="")
    index = _with_essential(index, "dash")
    assert sorted(_depends(index, "a", essential=True)) == ["a", "dash", "libc"]
    assert sorted(_depends(index, "a")) == ["a"]


def _with_essential(index: FakeIndex, *names: str) -> FakeIndex:
    other = FakeIndex(index.suite, essential=names)
    other.stanzas = index.stanzas
    return other


def test_roots_that_conflict_are_resolved_apart() -> None:
    index = _index(a="Depends: c", b="", c="")
    index.conflicts = [{"a", "b"}]
    assert sorted(_depends(index, "a", "b")) == ["a", "b", "c"]


def test_alone_is_without_dependencies() -> None:
    suite = resolve_suite(_index(a="Depends: b", b=""), (), ["a"], essential=False)
    assert {name: package.depends for name, package in suite.packages.items()} == {"a": ()}
    assert (suite.roots, suite.alone) == ((), ("a",))


def test_a_kernel_comes_with_the_packages_it_is_made_of() -> None:
    index = _index(
        linux_image_amd64="Depends: linux-image-7, initramfs-tools",
        linux_image_7="Depends: linux-binary-7, kmod",
        linux_binary_7="",
        kmod="",
    )
    suite = resolve_suite(index, (), ["linux-image-amd64"], essential=False)
    assert {name: package.depends for name, package in suite.packages.items()} == {
        "linux-image-amd64": ("linux-image-7",),
        "linux-image-7": ("linux-binary-7",),
        "linux-binary-7": (),
    }


def test_a_root_is_not_cut_off_from_its_dependencies_by_alone() -> None:
    suite = resolve_suite(
        _index(a="Depends: b", b="Depends: c", c=""), ["a"], ["b"], essential=False
    )
    assert suite.packages["b"].depends == ("c",)


@pytest.mark.parametrize("kind", ["roots", "alone"])
def test_an_unknown_package_is_named_with_its_suite(kind: str) -> None:
    asked = {"roots": [], "alone": [], kind: ["ngnix"]}
    with pytest.raises(
        PackageUnknown, match=r"^suite 'trixie' has no package 'ngnix'; near it: something-near$"
    ):
        resolve_suite(_index(nginx=""), asked["roots"], asked["alone"], essential=False)


def test_a_root_that_lacks_a_dependency_is_named() -> None:
    with pytest.raises(
        PackageUnresolvable,
        match="suite 'trixie' has package 'a', but not what it depends on:\nlost is not inst",
    ):
        _depends(_index(a="Depends: lost", b=""), "b", "a")


def test_a_dependency_that_nothing_locked_meets_is_named() -> None:
    index = _index(a="Depends: b (>= 2) | lost", b="")
    index.closure = lambda names: [("a", "1.0"), ("b", "1.0")]  # type: ignore[method-assign]
    with pytest.raises(PackageUnresolvable, match=r"nothing locked meets 'b \| lost'"):
        _depends(index, "a")


def test_a_lenient_lock_leaves_out_what_is_no_longer_there(
    caplog: pytest.LogCaptureFixture,
) -> None:
    index = _index(a="", b="Depends: lost")
    with caplog.at_level(logging.WARNING):
        suite = resolve_suite(index, ["a", "b", "gone"], ["image"], essential=False, lenient=True)
    assert list(suite.packages) == ["a"]
    assert suite.roots == ("a", "b", "gone")
    assert [record.getMessage().splitlines()[0] for record in caplog.records] == [
        "left out: suite 'trixie' has no package 'image'; near it: something-near",
        "left out: suite 'trixie' has no package 'gone'; near it: something-near",
        "left out: suite 'trixie' has package 'b', but not what it depends on:",
    ]
