"""The document that Nix writes of a suite: its tests, and where the reports of their runs are."""

import json
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..configuration_errors import describe_problems
from ..errors import ConfigurationError
from .model import Flaky, Resources, Suite, SuiteTest
from .report_folder import read_attempts
from .verdict import judge

VERSION = 1


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


def _day(text: str) -> str:
    date.fromisoformat(text)
    return text


class _Resources(_Part):
    memory: int
    cores: int
    disk: int
    machines: int


class _Flaky(_Part):
    reason: Annotated[str, Field(min_length=1)]
    until: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\d$"), AfterValidator(_day)]
    retries: int = 2


class _Test(_Part):
    name: Annotated[str, Field(min_length=1)]
    attempts: list[str]
    resources: _Resources | None = None
    flaky: _Flaky | None = None
    derivation: str = ""


class _Document(_Part):
    version: int
    name: str
    tests: list[_Test]


def read_suite(path: Path) -> Suite:
    """Read a document and the reports that it names. Raises ConfigurationError."""
    document = _read(path)
    names = [test.name for test in document.tests]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigurationError(
            str(path), [f"tests: the name `{name}` is there more than once" for name in twice]
        )
    return Suite(name=document.name, tests=tuple(_suite_test(test) for test in document.tests))


def _read(path: Path) -> _Document:
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise ConfigurationError(str(path), [f"cannot be read: {error.strerror}"]) from error
    except (RecursionError, ValueError) as error:
        raise ConfigurationError(str(path), [f"is not JSON: {error}"]) from error
    found = document.get("version") if isinstance(document, dict) else None
    if isinstance(found, bool) or found != VERSION:
        raise ConfigurationError(
            str(path),
            [
                f"version: expected {VERSION}, got {json.dumps(found)[:60]}; take the document and "
                "the driver from the same version of rehearse"
            ],
        )
    try:
        return _Document.model_validate(document)
    except ValidationError as error:
        raise ConfigurationError(str(path), describe_problems(error, _Document)) from error


def _suite_test(test: _Test) -> SuiteTest:
    runs = tuple(read_attempts(Path(path) for path in test.attempts))
    flaky = Flaky(**test.flaky.model_dump()) if test.flaky else None
    return SuiteTest(
        name=test.name,
        runs=runs,
        verdict=judge(runs, flaky),
        resources=Resources(**test.resources.model_dump()) if test.resources else None,
        flaky=flaky,
        derivation=test.derivation,
    )
