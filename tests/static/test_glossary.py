"""The check of terms finds them in all styles, and refuses a glossary that it cannot read."""

import subprocess
import sys
from pathlib import Path

import pytest
from glossary import GlossaryError, read_glossary, terms_in

PAGE = """\
| term | meaning | not to be used |
|---|---|---|
| snapshot | what is kept | saved thing, stash |

| file | term | reason |
|---|---|---|
| `old.py` | stash | of git |
"""


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("the saved thing", [("saved thing", 1)]),
        ("a\nsaved\nthing", [("saved thing", 2)]),
        ("def read_saved_thing():", [("saved thing", 1)]),
        ("class SavedThing:", [("saved thing", 1)]),
        ("SAVED_THING = 1", [("saved thing", 1)]),
        ("saved-thing.nix", [("saved thing", 1)]),
        ("savedThing", [("saved thing", 1)]),
        ("# about the saved\n# thing", [("saved thing", 1)]),
        ("x\n\nStash stash", [("stash", 3), ("stash", 3)]),
        ("saved, thing", []),
        ("saved: the thing", []),
        ("stashed", []),
        ("saved things", []),
    ],
)
def test_terms_are_found_in_all_styles(text: str, found: list[tuple[str, int]]) -> None:
    assert list(terms_in(text, read_glossary(PAGE))) == found


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("", "the table of terms or that of exceptions is missing"),
        (PAGE.partition("\n\n")[0], "the table of terms or that of exceptions is missing"),
        (PAGE.replace("| what is kept ", ""), "glossary.md:3: a row has three columns"),
        (PAGE.replace("of git", ""), "glossary.md:7: a row has three columns"),
    ],
)
def test_a_glossary_that_cannot_be_read_is_refused(page: str, message: str) -> None:
    with pytest.raises(GlossaryError, match=message):
        read_glossary(page)


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the check as `./check` does."""
    program = Path(__file__).with_name("glossary.py")
    command = [sys.executable, str(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def checkout(folder: Path, files: dict[str, str]) -> Path:
    """Write a glossary and other files."""
    (folder / "docs").mkdir()
    page = PAGE + "| `docs/glossary.md` | all | the tables |\n"
    for name, text in {"docs/glossary.md": page, "old.py": "stash = 1\n", **files}.items():
        (folder / name).write_text(text)
    return folder


def test_what_is_found_is_told_with_its_place_and_the_right_term(tmp_path: Path) -> None:
    files = {"new.py": "import os\nSavedThing = 1\n", "saved_thing.sh": "true\n"}
    done = check(checkout(tmp_path, files))
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "new.py:2: `saved thing` is not a term of this project; write: snapshot",
        "saved_thing.sh (its name): `saved thing` is not a term of this project; write: snapshot",
        "2 problems; docs/glossary.md has the terms, and the exceptions",
    ]


def test_an_exception_that_nothing_needs_is_told(tmp_path: Path) -> None:
    done = check(checkout(tmp_path, {"old.py": "x = 1\n"}))
    assert done.returncode == 1
    assert "the exception of `stash` in old.py is not needed: remove it" in done.stderr


def test_good_texts_pass(tmp_path: Path) -> None:
    done = check(checkout(tmp_path, {"new.py": "snapshot = 1\n"}))
    assert (done.returncode, done.stderr) == (0, "")
    assert check(tmp_path / "nothing").returncode == 2
