"""The check of English finds long sentences and proselint's errors in each part of a page."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_prose import blocks, sentences

LONG = " ".join(f"w{number}" for number in range(36))
FINE = " ".join(f"w{number}" for number in range(35))


def found(page: str) -> list[tuple[int, int]]:
    """Return line and number of words of each sentence of a page."""
    return [(s.line, s.words) for block in blocks(page) for s in sentences(block)]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("One two.", [(1, 2)]),
        ("One two. Three four five!", [(1, 2), (1, 3)]),
        ("One\ntwo. Three\nfour", [(1, 2), (2, 2)]),
        ("# Two words\n\nThree more words.", [(1, 2), (3, 3)]),
        ("- one two\n- three", [(1, 2), (2, 1)]),
        ("| a b | c |\n|---|---|\n| d e f | g |", [(1, 2), (1, 1), (3, 3), (3, 1)]),
        ("Run `nix build .#x.y` now.", [(1, 3)]),
        ("Version 0.2.0 is out, e.g. here.", [(1, 6)]),
        ("It ends. (So it does.) Yes.", [(1, 2), (1, 3), (1, 1)]),
        ("See [the other page](other.md).", [(1, 4)]),
        ("See {doc}`other` now.", [(1, 3)]),
        ("a - b / c", [(1, 3)]),
        ("```python\nno prose here\n```", []),
        ("    no prose here", []),
        ("```{literalinclude} a.nix\n:language: nix\n```", []),
        ("(an-anchor)=\n# Title", [(2, 1)]),
        ("---\ntitle: no prose\n---\nOne.", [(4, 1)]),
        ("```{note}\nTwo words.\n```", [(2, 2)]),
        (":::{note}\nTwo words.\n:::", [(2, 2)]),
        ("````{tab-item} A\n:sync: a\n\nOne.\n\n```{tip}\nTwo words.\n```\n````", [(4, 1), (7, 2)]),
    ],
)
def test_sentences_are_found_with_their_lines(page: str, expected: list[tuple[int, int]]) -> None:
    assert found(page) == expected


def check(*arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run the check as a person does."""
    program = Path(__file__).with_name("prose.py")
    command = [sys.executable, "-W", "ignore", str(program), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=os.environ)


def test_a_sentence_of_36_words_is_told_with_its_place(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(f"# Title\n\n{FINE}.\n{LONG}.\n")
    (tmp_path / "result").mkdir()
    (tmp_path / "result" / "b.md").write_text(LONG)
    done = check(tmp_path)
    assert done.returncode == 1
    assert done.stderr == (
        "a.md:4: a sentence of 36 words; at most 35, better 25: w0 w1 w2 w3 w4 w5 w6 w7 ...\n"
    )
    assert done.stdout == "1 pages, 3 sentences, 2 of more than 25 words, 1 problems\n"


def test_what_proselint_finds_is_told_with_its_place(tmp_path: Path) -> None:
    page = tmp_path / "a.md"
    page.write_text('# Title\n\nA "quote" is good... It runs\nthe the program.\n')
    done = check(page)
    assert done.returncode == 1
    assert done.stderr.startswith(f"{page}:4: proselint lexical_illusions.misc: ")


def test_good_pages_pass(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# Title\n\nThe driver stops QEMU.\n")
    done = check(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


def test_no_page_is_an_error(tmp_path: Path) -> None:
    done = check(tmp_path)
    assert (done.returncode, done.stderr) == (2, f"prose.py: no Markdown page at: {tmp_path}\n")
    assert check().returncode == 2
