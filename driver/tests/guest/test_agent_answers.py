"""Answers of the guest agent that cannot be used."""

import pytest

from test_driver.guest.agent_answers import fault_of


@pytest.mark.parametrize(
    ("command", "answer", "fault"),
    [
        ("guest-file-open", 7, ""),
        ("guest-file-open", {}, "it is no number"),
        ("guest-exec", {"pid": 7}, ""),
        ("guest-exec", {"pid": True}, "`pid` is missing, or of a wrong type"),
        ("guest-exec", [], "it is no object"),
        ("guest-exec-status", {"exited": False}, ""),
        ("guest-exec-status", {"exited": True, "signal": 9}, ""),
        ("guest-exec-status", {"exited": True}, "neither `exitcode` nor `signal` is a number"),
        ("guest-exec-status", {"exited": 1}, "`exited` is missing, or of a wrong type"),
        ("guest-file-read", {"count": 3, "buf-b64": "YWJj", "eof": True}, ""),
        ("guest-file-read", {"count": 3, "buf-b64": "Y", "eof": True}, "`buf-b64` is no base64"),
        ("guest-file-write", {"count": "3"}, "`count` is missing, or of a wrong type"),
        ("guest-info", "whatever", ""),
    ],
)
def test_an_answer_that_cannot_be_used_is_told(command: str, answer: object, fault: str) -> None:
    assert fault_of(command, answer) == fault
