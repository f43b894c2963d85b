"""`rehearse show`: the tests of a flake with what they need, and how they got on."""

import asyncio
import json
from pathlib import Path

from ..nix.evaluate import Found, FoundTest
from ..nix.reference import read_reference
from ..nix.settings import read_settings
from ..suite.results_json import OUTCOMES
from ..suite.summary import day_text
from ..suite.timings import History
from .choice import evaluated, history_of
from .kept import kept_for
from .show_json import VERSION, ShownTest, ShownTests
from .wanted import Wanted

HEAD = ("test", "memory", "cores", "machines", "last run", "seconds", "outcome", "passed")
GAP = "  "


async def show(wanted: Wanted, *, as_json: bool) -> str:
    """Return the table of the tests, or a JSON document. Raises ConfigurationError."""
    folder = Path.cwd()
    settings = await read_settings(wanted.build_options, folder)
    value = read_reference(wanted.reference, settings.system)
    kept = kept_for(value, folder)
    history = history_of(wanted, kept)
    found = await evaluated(value, wanted, None, folder, kept)
    tests = [_facts(test, history) for test in found.tests]
    if as_json:
        document: ShownTests = {
            "version": VERSION,
            "tests": tests,
            "others": list(found.others),
        }
        return json.dumps(document, indent=1) + "\n"
    return _table(found, tests)


def run_show(wanted: Wanted, *, as_json: bool) -> str:
    """Return what `show` does, as a program that does nothing else."""
    return asyncio.run(show(wanted, as_json=as_json))


def _facts(test: FoundTest, history: History) -> ShownTest:
    last, past = history.last(test.name), history.flakiness(test.name)
    return {
        "name": test.name,
        "attribute": test.value.installable,
        "resources": dict(test.resources) if test.resources else None,
        "flaky": dict(test.flaky) if test.flaky else None,
        "error": test.error,
        "expected_seconds": history.expected_seconds(test.name),
        "last": None
        if last is None
        else {
            "began": last.began,
            "seconds": last.seconds,
            "waited": last.waited,
            "outcome": OUTCOMES[last.outcome],
            "report": last.report,
        },
        "passed": past.passed if past else None,
        "runs": past.runs if past else None,
    }


def _table(found: Found, tests: list[ShownTest]) -> str:
    rows = [HEAD, *map(_row, tests)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = [
        GAP.join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
    for test in tests:
        if test["error"]:
            lines.append(f"{test['name']}: {test['error']}")
    lines.append(f"{len(tests)} test{'' if len(tests) == 1 else 's'}")
    if found.others:
        lines.append(f"without `.report`, and so no tests: {', '.join(found.others)}")
    return "".join(f"{line}\n" for line in lines)


def _row(test: ShownTest) -> tuple[str, ...]:
    needs, last = test["resources"] or {}, test["last"]
    outcome: str = last["outcome"] if last else "error" if test["error"] else "-"
    if test["flaky"]:
        outcome += f" (flaky until {test['flaky'].get('until', '?')})"
    return (
        test["name"],
        f"{needs['memory']} MiB" if "memory" in needs else "-",
        str(needs.get("cores", "-")),
        str(needs.get("machines", "-")),
        day_text(last["began"]) if last else "-",
        f"{last['seconds'] - last['waited']:.1f}" if last else "-",
        outcome,
        f"{test['passed']} of {test['runs']}" if test["runs"] else "-",
    )
