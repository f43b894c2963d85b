"""JSON Schemas: what is in them, and that real documents are as they say."""

import json
import typing

import pytest
from pydantic import ValidationError

from test_driver.json_schemas import DIALECT, FORMATS, json_schema
from test_driver.program import main as program
from test_driver.program import schema
from test_driver.report.event_types import AnyEvent
from test_driver.run.verdict import Outcome
from test_driver.suite.results_json import OUTCOMES
from test_driver.trouble.kinds import kinds

from .conftest import DriverProcess
from .support.schemas import check_document


def test_the_program_prints_each_schema(capsys: pytest.CaptureFixture[str]) -> None:
    assert schema.FORMATS == tuple(FORMATS)
    for name in FORMATS:
        assert program.main(["schema", name]) == 0
        printed = json.loads(capsys.readouterr().out)
        assert printed == json_schema(name)
        assert printed["$schema"] == DIALECT
        assert printed["$id"] == f"urn:rehearse:{name}:{FORMATS[name].version}"


@pytest.mark.parametrize("name", FORMATS)
def test_each_object_is_described(name: str) -> None:
    whole = json_schema(name)
    assert whole.pop("title").endswith(f" (version {FORMATS[name].version})")
    found = [one for one in (whole, *whole.get("$defs", {}).values()) if "properties" in one]
    assert len(found) > 1
    for one in found:
        assert one["description"], one
        assert "title" not in one


def test_the_text_below_a_field_is_its_description() -> None:
    events = json_schema("events")["$defs"]
    assert events["CommandEvent"]["properties"]["truncated"] == {
        "type": "boolean",
        "description": "Whether the middle of its output is missing.",
    }
    # Of the class that it inherits from, too.
    assert events["CommandEvent"]["properties"]["time"]["description"].startswith("When it happ")
    fields = json_schema("configuration")["properties"]
    assert fields["fail_on"]["items"]["enum"] == list(kinds())
    assert fields["tesseract"]["description"].startswith("The program that reads text")


def test_events_of_a_test_are_as_the_schema_says(driver_process: DriverProcess) -> None:
    script = 'with subtest("all"):\n    machine1.screenshot("x")\n    machine1.fail("true")\n'
    assert driver_process.run(script).returncode == 1
    check_document("configuration", driver_process.document)
    lines = (driver_process.output / "events.jsonl").read_text().splitlines()
    events = [json.loads(line) for line in lines]
    assert {"schema", "test", "picture", "failure", "verdict"} <= {one["kind"] for one in events}
    for event in events:
        check_document("events", event)
    verdict = events[-1]
    for wrong in ({"outcome": "went wrong"}, {"exit_status": "1"}, {"kind": "unknown"}):
        with pytest.raises(ValidationError):
            check_document("events", verdict | wrong)


def test_outcomes_are_those_that_exist() -> None:
    (verdict,) = (one for one in typing.get_args(AnyEvent) if one.__name__ == "VerdictEvent")
    assert typing.get_args(verdict.__annotations__["outcome"]) == tuple(
        one.value for one in Outcome
    )
    assert all(name == outcome.value for outcome, name in OUTCOMES.items())
