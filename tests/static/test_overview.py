"""The check of README.md and ARCHITECTURE.md finds what is not as in the files that they show."""

from pathlib import Path

import overview
import pytest

README = "<!-- file: a.nix -->\n```nix\nx = {\n  y = 1;\n};\n```\n"
MAP = """\
| folder | what is in it |
|---|---|
| `a.nix`, `docs/` | |
| `lib/`, `lib/debian/`, `modules/`, `tests/`, `driver/` | |

## Packages of the driver

| package | what is in it |
|---|---|
| `one/`, `one/two/` | |

## Rules

| `x` | |
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project as the two pages show it."""
    for folder in ("docs/pictures", "lib/debian", "modules", "tests"):
        (tmp_path / folder).mkdir(parents=True)
    for package in ("", "one", "one/two", "data"):
        folder = tmp_path / overview.PACKAGES / package
        folder.mkdir(parents=True)
        (folder / ("page.html" if package == "data" else "__init__.py")).touch()
    (tmp_path / "a.nix").write_text("{\n  x = {\n    y = 1;\n  };\n}\n")
    (tmp_path / "README.md").write_text(README)
    (tmp_path / "ARCHITECTURE.md").write_text(MAP)
    (tmp_path / "llms.txt").write_text("- [Nix](a.nix): one file\n")
    (tmp_path / "docs/pictures/flow.dot").write_text('a [label = "from\\nlib/debian/"];\n')
    return tmp_path


def test_pages_that_are_as_the_files_are_accepted(project: Path) -> None:
    assert overview.problems(project) == []
    assert overview.main([str(project)]) == 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("y = 1", "y = 2", "README.md:1: the block is no part of a.nix: copy it anew"),
        ("  y = 1;\n", "", "README.md:1: the block is no part of a.nix: copy it anew"),
        ("a.nix", "b.nix", "README.md:1: there is no file b.nix"),
        (
            "<!-- file: a.nix -->\n",
            "\n",
            "README.md:2: no `<!-- file: PATH -->` above the block names the file it is from",
        ),
        (
            "<!--",
            "\n" * 145 + "<!--",
            "README.md has 151 lines; 150 is the limit: move a part to docs/",
        ),
    ],
)
def test_a_readme_that_differs_is_told(project: Path, old: str, new: str, message: str) -> None:
    (project / "README.md").write_text(README.replace(old, new))
    assert overview.problems(project) == [message]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (", `modules/`", "", "ARCHITECTURE.md: no row for modules/"),
        (", `lib/debian/`", "", "ARCHITECTURE.md: no row for lib/debian/"),
        (", `one/two/`", "", "ARCHITECTURE.md: no row for one/two/"),
        ("`a.nix`", "`b.nix`", "ARCHITECTURE.md: there is no b.nix"),
        ("`one/`", "`one/`, `three/`", "ARCHITECTURE.md: there is no three"),
    ],
)
def test_a_map_that_differs_is_told(project: Path, old: str, new: str, message: str) -> None:
    (project / "ARCHITECTURE.md").write_text(MAP.replace(old, new))
    assert overview.problems(project) == [message]


def test_a_folder_that_a_picture_names_must_exist(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "docs/pictures/flow.dot").write_text('a [label = "from\\nlib/fedora/"];\n')
    assert overview.main([str(project)]) == 1
    assert capsys.readouterr().err == "docs/pictures/flow.dot: there is no folder lib/fedora/\n"


def test_a_file_that_the_list_for_programs_names_must_exist(project: Path) -> None:
    (project / "llms.txt").write_text("- [Nix](a.nix), [Python](docs/b.py)\n")
    assert overview.problems(project) == ["llms.txt: there is no file docs/b.py"]
