"""The head of a report, which is read without any script: verdict, cause, time, subtests."""

import time
from html import escape
from typing import Any
from urllib.parse import quote

from ..run.backend_choice import TITLES
from ..run.timings import Phase
from .html_data import KILLED, ReportData, colour_of
from .html_tests import tests_section
from .html_trouble import trouble_table

CONTEXT_LINES = 3
LABELS = {phase.key: phase.value for phase in Phase}


def head_parts(data: ReportData) -> dict[str, str]:
    """Return the parts of the page, by name. All text in them is escaped."""
    verdict = data.verdict
    passed = verdict["exit_status"] == 0
    name = data.test.get("name", "a test")
    return {
        "title": escape(f"{name} {verdict['outcome']}"),
        "name": escape(name),
        "outcome": escape(verdict["outcome"]),
        "class": "passed" if passed else "failed",
        "headline": "" if passed else f'<p class="headline">{escape(_headline(data))}</p>',
        "facts": _facts(data),
        "cause": "" if passed else _cause(data),
        "trouble": trouble_table(data),
        "timings": _timings(data),
        "subtests": _subtests(data),
        "tests": tests_section(data),
        "files": _files(data),
    }


def _headline(data: ReportData) -> str:
    failure = data.failure
    message = str(failure.get("message", "")).split("\n")[0]
    if not failure or data.verdict["headline"] == KILLED:
        return str(data.verdict["headline"])
    return f"{failure['error']}: {message}" if message else str(failure["error"])


def _facts(data: ReportData) -> str:
    machines = len(data.machines)
    facts = [
        f"{data.verdict['seconds']:.2f} s",
        time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(data.began)),
        f"{machines} machine" + ("" if machines == 1 else "s"),
    ]
    if limit := data.test.get("limit"):
        facts.append(f"time limit {limit} s")
    if (seed := data.test.get("seed")) is not None:
        facts.append(f"seed {seed}")
    if data.test.get("load"):
        facts.append("beside a load")
    facts += [f"{machine}: {TITLES.get(kind, kind)}" for machine, kind in data.backends.items()]
    return " · ".join(escape(fact) for fact in facts)


def _cause(data: ReportData) -> str:
    """Show the failed line in its context, what its names stood for, and the message."""
    parts = []
    where = data.failure.get("where") or []
    if where:
        parts.append(_excerpt(str(data.test.get("source", "")), where))
    if names := data.verdict.get("not_started"):
        parts.append(f"<p>Never started: {escape(', '.join(names))}</p>")
    waiting = [
        (f"thread {one['thread']}: " if one["thread"] else "") + " > ".join(one["at"])
        for one in data.failure.get("waiting") or []
        if one["at"]
    ]
    if waiting:
        items = "".join(f"<li>{escape(text)}</li>" for text in waiting)
        parts.append(f"<h2>What was under way</h2><ul class=under-way>{items}</ul>")
    text = str(data.failure.get("message", data.verdict["failure"]) or "")
    if "\n" in text.strip() or not where:  # else it is the headline
        parts.append(f"<h2>Message</h2><pre>{escape(text)}</pre>")
    if whole := data.failure.get("text"):
        parts.append(f"<h2>All that failed, in order</h2><pre>{escape(whole)}</pre>")
    return "".join(parts)


def _excerpt(source: str, where: list[dict[str, Any]]) -> str:
    innermost = where[-1]
    lines = source.splitlines()
    first = max(1, innermost["line"] - CONTEXT_LINES)
    last = min(len(lines), innermost["line"] + CONTEXT_LINES)
    rows = []
    for number in range(first, last + 1):
        mark = ' class="failed-line"' if number == innermost["line"] else ""
        rows.append(f"<span{mark}><i>{number}</i>{escape(lines[number - 1])}\n</span>")
    values = "".join(
        f"<tr><th scope=row>{escape(name)}</th><td><code>{escape(value)}</code></td></tr>"
        for name, value in innermost["values"].items()
    )
    callers = "".join(
        f"<li>line {one['line']}: <code>{escape(one['text'])}</code></li>" for one in where[:-1]
    )
    return (
        f"<h2>Line {innermost['line']} of the script</h2>"
        + (f"<ol class=callers>{callers}</ol>" if callers else "")
        + f'<pre class="excerpt">{"".join(rows)}</pre>'
        + (f"<table class=values><caption>Values</caption>{values}</table>" if values else "")
    )


def _timings(data: ReportData) -> str:
    """Show where the time went as one bar, with its legend."""
    seconds = {
        name: value for name, value in data.time_spent.get("seconds", {}).items() if value >= 0.005
    }
    whole = sum(seconds.values())
    if not whole:
        return ""
    bar, legend = [], []
    for name, value in seconds.items():
        share = value / whole
        kind = f"part-{colour_of(name)}"
        bar.append(f'<span class="{kind}" style="flex-grow:{share:.4f}"></span>')
        legend.append(
            f'<li><span class="swatch {kind}"></span>{escape(LABELS.get(name, name))} '
            f"<b>{value:.2f} s</b> {share:.0%}</li>"
        )
    waits = "".join(
        f"<li>{escape(wait['name'])} <b>{wait['seconds']:.2f} s</b></li>"
        for wait in data.time_spent.get("longest_waits", [])
    )
    return (
        "<section aria-labelledby=timings-title><h2 id=timings-title>Where the time went</h2>"
        f"<div class=timings aria-hidden=true>{''.join(bar)}</div>"
        f"<ul class=legend>{''.join(legend)}"
        + "</ul>"
        + (f"<h3>Longest waits</h3><ol class=waits>{waits}</ol>" if waits else "")
        + "</section>"
    )


def _subtests(data: ReportData) -> str:
    rows = "".join(
        f"<tr class={'passed' if step['result'] == 'passed' else 'failed'}>"
        f"<td>{escape(step['result'])}</td><td>{escape(step['case'])}</td>"
        f"<td class=number>{step['ms'] / 1000:.2f} s</td></tr>"
        for step in data.steps
        if step["kind"] == "subtest" and not step.get("is_test")
    )
    if not rows:
        return ""
    return (
        "<section aria-labelledby=subtests-title><h2 id=subtests-title>Subtests</h2>"
        "<div class=scroll><table class=subtests>"
        "<thead><tr><th scope=col>Result</th><th scope=col>Subtest</th>"
        "<th scope=col class=number>Time</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div></section>"
    )


def _files(data: ReportData) -> str:
    """List the files of evidence: they lie beside the report, and are in it, too."""
    items: dict[str, list[str]] = {}
    for entry in data.evidence:
        machine = data.machines[entry["machine"]] if entry["machine"] >= 0 else "the driver"
        link = f'<a href="{escape(quote(entry["path"]))}">{escape(entry["title"])}</a>'
        items.setdefault(machine, []).append(link)
    return "".join(
        f"<li><b>{escape(machine)}</b>: {', '.join(links)}</li>" for machine, links in items.items()
    )
