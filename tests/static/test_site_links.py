"""The check of a site finds files and anchors that are missing, and what comes from the network."""

import subprocess
import sys
from pathlib import Path

import pytest


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check as the build of the site does."""
    program = Path(__file__).with_name("site_links.py")
    command = [sys.executable, str(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("element", "problem"),
    [
        ('<a href="b/c.html#there">', None),
        ('<a href="b/c.html?x=1#there">', None),
        ('<a href="#top">', None),
        ('<a href="https://example.org/x">', None),
        ('<a href="mailto:x@example.org">', None),
        ('<img src="data:image/png;base64,AA==">', None),
        ('<link rel="canonical" href="https://example.org/a.html">', None),
        ('<a href="b/d.html">', "b/d.html: no such file"),
        ('<a href="b/">', "b/: no such file"),
        ('<a href="b/c.html#here">', "b/c.html#here: no such anchor"),
        ('<a href="#here">', "#here: no such anchor"),
        ('<img src="x.png">', "x.png: no such file"),
        ('<script src="https://example.org/x.js">', "https://example.org/x.js: is loaded from"),
        ('<link rel="stylesheet" href="//example.org/x.css">', "//example.org/x.css: is loaded"),
    ],
)
def test_each_link_is_followed(tmp_path: Path, element: str, problem: str | None) -> None:
    (tmp_path / "a.html").write_text(f'<h1 id="top">A</h1>{element}')
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "c.html").write_text('<h1 id="there">C</h1>')
    done = check(tmp_path)
    if problem is None:
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == "2 HTML files, 1 links, 0 problems\n"
    else:
        assert done.returncode == 1
        assert done.stderr.startswith(f"a.html: {problem}")


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    assert check(tmp_path).returncode == 2
