"""The table of failure modes names tests that exist."""

import re
from pathlib import Path

HERE = Path(__file__).parent
TABLE = HERE.parent.parent / "docs" / "driver-failure-modes.md"
MODES = 48


def test_each_failure_mode_has_a_test_that_exists_or_a_reason() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| .* \| (.*) \|$", TABLE.read_text(), re.M))
    assert [int(number) for number in rows] == list(range(1, MODES + 1))
    sources = "".join(path.read_text() for path in HERE.rglob("test_*.py"))
    present = set(re.findall(r"^def (test_\w+)\(", sources, re.M))
    for number, proof in rows.items():
        named = set(re.findall(r"`(test_\w+)`", proof))
        assert named <= present, f"failure mode {number}: {sorted(named - present)} do not exist"
        assert named or "cannot occur" in proof or "not here" in proof, f"failure mode {number}"
