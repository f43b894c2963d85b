"""The check of records of decisions finds wrong names, numbers, heads and lists."""

import subprocess
import sys
from pathlib import Path

import pytest

RECORD = "# 1. A title\n\n- Date: 2026-01-31\n- Status: accepted\n\n## Decision\n\nYes.\n"
ROW = "| 1 | [A title](0001-a-title.md) | 2026-01-31 |\n"


def check(folder: Path, name: str, record: str, index: str) -> subprocess.CompletedProcess[str]:
    """Run the check on one record."""
    (folder / name).write_text(record)
    (folder / "index.md").write_text(index)
    program = Path(__file__).with_name("decisions.py")
    command = [sys.executable, str(program), str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_good_record_passes(tmp_path: Path) -> None:
    done = check(tmp_path, "0001-a-title.md", RECORD, ROW)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "1 decisions, 0 problems\n"


@pytest.mark.parametrize(
    ("name", "record", "index", "message"),
    [
        ("a-title.md", RECORD, ROW, "a-title.md: the name of a record is NNNN-title.md"),
        ("0002-a-title.md", RECORD, ROW, "0002-a-title.md: the next number is 0001"),
        ("0001-a-title.md", RECORD.replace("1.", "2."), ROW, "the title has the number 2"),
        ("0001-a-title.md", RECORD.replace("-31", ""), ROW, "a record begins with"),
        ("0001-a-title.md", RECORD.replace("accepted", "good"), ROW, "a record begins with"),
        ("0001-a-title.md", RECORD.replace("## Decision", "## X"), ROW, "a record begins with"),
        ("0001-a-title.md", RECORD, "", "index.md must have this line once: | 1 | [A title]("),
        ("0001-a-title.md", RECORD, ROW + ROW, "index.md must have this line once"),
    ],
)
def test_each_error_is_told(
    tmp_path: Path, name: str, record: str, index: str, message: str
) -> None:
    done = check(tmp_path, name, record, index)
    assert done.returncode == 1
    assert message in done.stderr
