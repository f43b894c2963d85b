"""The private apt root, over a small archive on this machine."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from small_deb import small_deb

from debian_archive.apt_root import AptRoot
from debian_archive.errors import AptFailed, AptMissing, SuiteUnreadable
from debian_archive.resolve import resolve_suite

needs_apt = pytest.mark.skipif(
    shutil.which("apt-get") is None, reason="this machine has no apt-get"
)
needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="this machine has no gpg")

PACKAGES = {
    "nginx": "Version: 1:1.3-1\nDepends: libc6, mail | mta\n",
    "libc6": "Version: 2.41\n",
    "postfix": "Version: 3\nProvides: mta\nConflicts: exim\n",
    "exim": "Version: 4\nProvides: mta\nConflicts: postfix\nRecommends: nginx\n",
    "dash": "Version: 0.5\nEssential: yes\n",
    "apt": "Version: 3\nImportant: yes\n",
    "broken": "Version: 1\nDepends: lost\n",
}


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An archive with one suite, `small`, which nobody signed."""
    archive = tmp_path / "archive"
    index = archive / "dists/small/main/binary-amd64/Packages"
    index.parent.mkdir(parents=True)
    (archive / "pool").mkdir()
    stanzas = []
    for name, fields in PACKAGES.items():
        deb = small_deb(name, "1").content
        (archive / "pool" / f"{name}.deb").write_bytes(deb)
        stanzas.append(
            f"Package: {name}\n{fields}Architecture: amd64\nMaintainer: nobody\n"
            f"Filename: pool/{name}.deb\nSize: {len(deb)}\n"
            f"SHA256: {hashlib.sha256(deb).hexdigest()}\nDescription: {name}\n"
        )
    index.write_text("\n".join(stanzas))
    content = index.read_bytes()
    (archive / "dists/small/Release").write_text(
        "Suite: small\nCodename: small\nDate: Sat, 01 Jan 2022 00:00:00 UTC\n"
        "Valid-Until: Sun, 02 Jan 2022 00:00:00 UTC\nArchitectures: amd64\nComponents: main\n"
        f"SHA256:\n {hashlib.sha256(content).hexdigest()} {len(content)} "
        "main/binary-amd64/Packages\n"
    )
    return archive


@pytest.fixture
def index(archive: Path) -> Iterator[AptRoot]:
    with AptRoot(f"file:{archive}", "small", "trusted=yes") as root:
        yield root


@needs_apt
def test_the_closure_is_what_apt_would_install(index: AptRoot) -> None:
    assert sorted(index.closure(["nginx", "exim"])) == [
        ("exim", "4"),
        ("libc6", "2.41"),
        ("nginx", "1:1.3-1"),
    ]
    assert index.closure([]) == []


@needs_apt
def test_recommended_packages_are_left_out(index: AptRoot) -> None:
    assert index.closure(["exim"]) == [("exim", "4")]


@needs_apt
def test_what_cannot_be_had_together_fails(index: AptRoot) -> None:
    with pytest.raises(AptFailed, match=r"apt-get install .* exim postfix failed:\n"):
        index.closure(["exim", "postfix"])


@needs_apt
def test_essential_packages_are_found(index: AptRoot) -> None:
    assert index.essential() == ["dash"]


@needs_apt
def test_unknown_names_are_found_with_names_near_them(index: AptRoot) -> None:
    # `mta` is provided, but no package; a dot must not be a pattern.
    assert index.unknown(["nginx", "ngnix", "mta", "ngin."]) == {
        "ngnix": ["nginx"],
        "mta": [],
        "ngin.": ["nginx"],
    }


@needs_apt
def test_stanzas_of_exact_versions_are_shown(index: AptRoot) -> None:
    nginx, libc6 = index.show(["nginx=1:1.3-1", "libc6"])
    assert (nginx["Package"], nginx["Filename"]) == ("nginx", "pool/nginx.deb")
    assert libc6["SHA256"] == hashlib.sha256(small_deb("libc6", "1").content).hexdigest()
    assert index.show([]) == []


@needs_apt
def test_a_suite_is_resolved_with_it(index: AptRoot) -> None:
    suite = resolve_suite(index, ["nginx", "exim", "postfix"], [], essential=True)
    assert sorted(suite.packages) == ["dash", "exim", "libc6", "nginx", "postfix"]
    assert suite.packages["nginx"].depends == ("exim", "libc6")


@needs_apt
def test_nothing_stays_behind(archive: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tempfile.tempdir", str(temporary))
        with AptRoot(f"file:{archive}", "small", "trusted=yes"):
            assert len(list(temporary.iterdir())) == 1
        assert list(temporary.iterdir()) == []
        with pytest.raises(SuiteUnreadable), AptRoot(f"file:{archive}", "lost", "trusted=yes"):
            pass
        assert list(temporary.iterdir()) == []


@needs_apt
def test_an_index_that_nobody_signed_is_refused(archive: Path) -> None:
    with (
        pytest.raises(
            SuiteUnreadable, match=r"cannot read the index of suite 'small' from file:(?s:.*)signed"
        ),
        AptRoot(f"file:{archive}", "small"),
    ):
        pass


@needs_apt
def test_a_mirror_that_does_not_answer_is_told() -> None:
    with (
        pytest.raises(
            SuiteUnreadable,
            match=r"suite 'trixie' from http://127\.0\.0\.1:1:(?s:.*)Another mirror can be given",
        ),
        AptRoot("http://127.0.0.1:1", "trixie"),
    ):
        pass


def test_a_machine_without_apt_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with (
        pytest.raises(
            AptMissing,
            match=r"making a lock needs apt, .* this machine has no apt-get\. Run it on a machine",
        ),
        AptRoot("http://127.0.0.1:1", "trixie"),
    ):
        pass


@pytest.fixture
def key(tmp_path: Path, archive: Path) -> Iterator[Path]:
    """A throw-away key that the index is signed with."""
    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    environment = {**os.environ, "GNUPGHOME": str(home)}

    def gpg(*arguments: str) -> None:
        command = ["gpg", "--batch", "--quiet", "--passphrase", "", *arguments]
        subprocess.run(command, env=environment, check=True)

    try:
        gpg("--quick-generate-key", "nobody@example.invalid", "ed25519", "sign")
        gpg("--output", str(tmp_path / "key.gpg"), "--export")
        release = archive / "dists/small/Release"
        gpg("--output", str(release.with_name("InRelease")), "--clearsign", str(release))
        yield tmp_path / "key.gpg"
    finally:
        subprocess.run(["gpgconf", "--kill", "all"], env=environment, check=True)


@needs_apt
@needs_gpg
def test_an_index_signed_by_the_key_is_read_also_when_it_is_old(archive: Path, key: Path) -> None:
    with AptRoot(f"file:{archive}", "small", f"signed-by={key}") as root:
        assert root.closure(["libc6"]) == [("libc6", "2.41")]


@needs_apt
@needs_gpg
def test_an_index_that_was_changed_after_signing_is_refused(archive: Path, key: Path) -> None:
    packages = archive / "dists/small/main/binary-amd64/Packages"
    packages.write_text(packages.read_text().replace("2.41", "6.66"))
    with (
        pytest.raises(SuiteUnreadable, match=r"(?i)hash sum mismatch|unexpected size"),
        AptRoot(f"file:{archive}", "small", f"signed-by={key}"),
    ):
        pass


@needs_apt
@needs_gpg
def test_an_index_signed_by_another_key_is_refused(archive: Path, key: Path) -> None:
    with pytest.raises(SuiteUnreadable, match=r"NO_PUBKEY|issing key|not signed"):
        AptRoot(f"file:{archive}", "small").__enter__()
