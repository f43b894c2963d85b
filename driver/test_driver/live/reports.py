"""Reports of pytest as JSON, and back. The hooks of pytest that xdist uses do most of it."""

import builtins
import warnings
from typing import Any

import pytest

from .channel import Message


def report_to_json(config: pytest.Config, report: pytest.TestReport | pytest.CollectReport) -> Any:  # noqa: ANN401 - whatever the hook returns
    """Return a report as data."""
    return config.hook.pytest_report_to_serializable(config=config, report=report)


def report_from_json(config: pytest.Config, data: Message) -> Any:  # noqa: ANN401 - a report
    """Return the report, with tuples where JSON has lists but pytest looks for tuples."""
    report = config.hook.pytest_report_from_serializable(config=config, data=data)
    for name in ("location", "longrepr"):
        if isinstance(value := getattr(report, name, None), list):
            setattr(report, name, tuple(value))
    for name in ("sections", "user_properties"):
        pairs = [tuple(pair) for pair in getattr(report, name, ())]
        setattr(report, name, pairs)
    return report


def warning_to_json(message: warnings.WarningMessage) -> Message:
    """Return a warning as data."""
    return {
        "text": str(message.message),
        "category": message.category.__name__,
        "file": message.filename,
        "line": message.lineno,
    }


def warning_from_json(data: Message) -> warnings.WarningMessage:
    """Return the warning: of its own class if pytest or Python has that."""
    name = data["category"]
    category = getattr(builtins, name, None) or getattr(pytest, name, None)
    text = data["text"]
    if not isinstance(category, type) or not issubclass(category, Warning):
        category, text = UserWarning, f"{name}: {text}"
    return warnings.WarningMessage(
        message=category(text), category=category, filename=data["file"], lineno=data["line"]
    )
