"""The files of a Debian node: how they reach their build, and how the build writes them."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate

PERL = os.environ.get("PERL") or shutil.which("perl") or "perl"


def _layer(count: int) -> str:
    files = (
        "builtins.listToAttrs (builtins.genList (n: { name = ''/srv/${toString n}'';"
        f" value = toString n; }}) {count})"
    )
    node = f"import {SOURCE}/lib/debian/node.nix ''a'' {{ files = {files}; }}"
    return (
        f"import {SOURCE}/lib/debian/overlay-image.nix {{ build = attributes: attributes;"
        " tools.image = ''tools''; } { name = ''a''; image = ''image'';"
        f" inherit ({node}) files services users; }}"
    )


def test_the_build_has_as_many_variables_for_one_file_as_for_thousands() -> None:
    names = evaluate(f"map (one: builtins.attrNames one) [ ({_layer(1)}) ({_layer(3000)}) ]")
    assert isinstance(names, list)
    assert names[0] == names[1]


def test_the_list_has_every_file_once() -> None:
    text = evaluate(f"({_layer(3000)}).files")
    assert isinstance(text, str)
    assert text.count("\t/srv/") == 3000
    assert "0644\t4\t-\t/srv/2999\n2999\n" in text


def _record(path: str, text: bytes = b"", mode: str = "0644", source: str = "-") -> bytes:
    return f"{mode}\t{len(text)}\t{source}\t{path}\n".encode() + text + b"\n"


def _write(folder: Path, *records: bytes) -> subprocess.CompletedProcess[str]:
    tree = folder / "tree"
    tree.mkdir(exist_ok=True)
    (folder / "list").write_bytes(b"".join(records))
    return subprocess.run(
        [PERL, str(SOURCE / "lib/debian/write-files.pl"), str(tree), str(folder / "list")],
        env={**os.environ, "LC_ALL": "C"},
        capture_output=True,
        text=True,
        timeout=50,
        check=False,
    )


@pytest.mark.parametrize(
    "text",
    [b"", b"\n", b"a\tb\nc", b"\0\xff" * 1000, "käse\n".encode(), b"x" * 3_000_000],
    ids=["empty", "line break", "lines and tabs", "no text", "UTF-8", "large"],
)
def test_contents_are_written_as_they_are(tmp_path: Path, text: bytes) -> None:
    done = _write(tmp_path, _record("/a/b/first", text, "0640"), _record("/a/last", b"end"))
    assert done.returncode == 0, done.stderr
    first = tmp_path / "tree/a/b/first"
    assert first.read_bytes() == text
    assert stat.S_IMODE(first.stat().st_mode) == 0o640
    assert (tmp_path / "tree/a/last").read_bytes() == b"end"


def test_a_source_is_copied_and_can_be_added_to(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "own").write_text("own")
    (source / "link").symlink_to("/nowhere")
    (source / "own").chmod(0o555)
    source.chmod(0o555)
    records = [
        _record("/srv/tree", mode="-", source=str(source)),
        _record("/srv/tree/link", b"a file now"),
        _record("/srv/tree/more", b"more"),
    ]
    done = _write(tmp_path, *records)
    assert done.returncode == 0, done.stderr
    tree = tmp_path / "tree/srv/tree"
    assert (tree / "own").read_text() == "own"
    assert stat.S_IMODE((tree / "own").stat().st_mode) & 0o111
    assert (tree / "link").read_text() == "a file now"
    assert not (tree / "link").is_symlink()
    assert (tree / "more").read_text() == "more"


def test_a_file_below_a_source_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "source").write_text("x")
    source = _record("/srv/a", mode="-", source=str(tmp_path / "source"))
    done = _write(tmp_path, source, _record("/srv/a/b", b"y"))
    assert done.returncode != 0
    assert "rehearse: file /srv/a/b: /srv/a cannot be a folder: File exists" in done.stderr


def test_a_file_behind_a_symbolic_link_of_a_source_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "source").mkdir()
    (tmp_path / "source/link").symlink_to(tmp_path / "elsewhere")
    source = _record("/srv", mode="-", source=str(tmp_path / "source"))
    done = _write(tmp_path, source, _record("/srv/link/x", b"y"))
    assert done.returncode != 0
    assert "rehearse: file /srv/link/x: the source of /srv/link has a symbolic link there" in (
        done.stderr
    )
    assert list((tmp_path / "elsewhere").iterdir()) == []


def test_a_source_that_is_missing_and_a_list_that_ends_early_are_told(tmp_path: Path) -> None:
    done = _write(tmp_path, _record("/a", mode="-", source="/nowhere/x"))
    assert "rehearse: file /a: cannot be copied from /nowhere/x" in done.stderr
    done = _write(tmp_path, _record("/a", b"four")[:-3])
    assert "rehearse: file /a: the list ends within it" in done.stderr
