"""The structured log of Nix, as Nix 2.26 writes it."""

import json

import pytest

from test_driver.nix.internal_json import (
    BuildEnded,
    BuildLine,
    BuildStarted,
    Doing,
    Event,
    Said,
    StructuredLog,
    plain_text,
)

WEB = "/nix/store/c3vx-vm-test-report-web.drv"
STORE = "ssh-ng://root@builder"


def events(*records: object) -> list[Event]:
    """Return what a log tells that consists of these records, or lines."""
    log = StructuredLog()
    lines = [one if isinstance(one, str) else f"@nix {json.dumps(one)}" for one in records]
    return [event for line in lines if (event := log.read(line)) is not None]


def start(number: int, derivation: str, builder: str = "") -> dict[str, object]:
    """Return the record of a build that begins."""
    fields = [derivation, builder, 1, 1]
    return {"action": "start", "id": number, "level": 3, "type": 105, "fields": fields}


def test_a_build_begins_writes_lines_and_ends() -> None:
    line = {"action": "result", "id": 7, "type": 101, "fields": ["\x1b[32mmachine\x1b[0m: up\r"]}
    phase = {"action": "result", "id": 7, "type": 104, "fields": ["buildPhase"]}
    assert events(start(7, WEB), line, phase, {"action": "stop", "id": 7}) == [
        BuildStarted(derivation=WEB, builder=""),
        BuildLine(derivation=WEB, text="machine: up"),
        BuildLine(derivation=WEB, text="phase buildPhase"),
        BuildEnded(derivation=WEB),
    ]


def test_a_build_on_another_machine_is_one_build() -> None:
    inner = {"action": "result", "id": 9, "type": 101, "fields": ["up"]}
    stops = [{"action": "stop", "id": 9}, {"action": "stop", "id": 7}]
    assert events(start(7, WEB, STORE), start(9, WEB), inner, *stops) == [
        BuildStarted(derivation=WEB, builder=STORE),
        BuildLine(derivation=WEB, text="up"),
        BuildEnded(derivation=WEB),
    ]


def test_what_takes_time_and_what_is_said() -> None:
    copy = {"action": "start", "id": 1, "level": 3, "type": 100, "text": "copying path 'x'"}
    detail = {"action": "start", "id": 2, "level": 6, "type": 0, "text": "querying info"}
    error = {"action": "msg", "level": 0, "msg": "error: no", "raw_msg": "\x1b[35mno\x1b[0m"}
    assert events(copy, detail, error, "ssh: no route to host") == [
        Doing(text="copying path 'x'"),
        Said(level=0, text="no"),
        Said(level=2, text="ssh: no route to host"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "@nix [1]",
        '@nix {"action": "stop", "id": 5}',
        '@nix {"action": "stop"}',
        '@nix {"action": "result", "id": 5, "type": 101, "fields": ["x"]}',
        '@nix {"action": "start", "type": 105}',
        '@nix {"action": "start", "type": 105, "fields": [1]}',
        '@nix {"action": "else"}',
        "",
    ],
)
def test_what_cannot_be_understood_is_left_out(line: str) -> None:
    assert events(line) == []


def test_a_line_that_is_cut_off_is_said() -> None:
    assert events("@nix {not json") == [Said(level=2, text="@nix {not json")]


def test_codes_for_terminals_are_removed() -> None:
    assert plain_text("\x1b]0;title\x07a\x1b[2Kb\x00c\td\n") == "abc\td\n"
