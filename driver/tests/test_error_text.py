"""Texts of errors."""

from test_driver.error_text import exit_text, tail
from test_driver.errors import SeveralErrors


def test_exit_codes_are_told_by_name() -> None:
    assert exit_text(3) == "exit status 3"
    assert exit_text(-9) == "killed by SIGKILL"
    assert exit_text(-63) == "killed by signal 63"


def test_a_tail_says_what_it_leaves_out() -> None:
    assert tail("a\nb\n") == "a\nb"
    assert tail("a\nb\nc\n", lines=2) == "[1 lines left out]\nb\nc"


def test_several_errors_are_told_together() -> None:
    error = SeveralErrors([ValueError("one"), ValueError("two")])
    assert str(error) == "one\ntwo"
