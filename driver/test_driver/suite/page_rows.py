"""A row of the page of a suite: a test, why it did not pass, and what else is known of it."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from math import sqrt
from pathlib import Path
from urllib.parse import quote

from ..report.html_data import colour_of
from ..report.html_head import LABELS
from .model import Outcome, Run, SuiteTest
from .page_texts import duration_text, moment_text
from .timings import PastRun

NOT_RUN = "not run"
# The worst first.
_ORDER = (*(one.value for one in Outcome if one is not Outcome.PASSED), NOT_RUN, "passed")
LEAST_SHARE = 0.004
MOST_PAST_RUNS = 30
MOST_CASES = 20
MOST_RUNS = 100
LONGEST_WHY = 300

Pairs = list[tuple[str, str]]


def verdict_name(test: SuiteTest) -> str:
    """Return the verdict on a test, as the page sorts and filters by it."""
    return NOT_RUN if test.verdict is None else test.verdict.outcome.value


def attention(test: SuiteTest) -> tuple[int, bool, str]:
    """Return what tests are sorted by: the verdict, trouble of those that passed, the name."""
    return _ORDER.index(verdict_name(test)), not _why(test), test.name


def row(
    test: SuiteTest,
    places: Mapping[Path, str],
    past: Sequence[PastRun],
    longest: float,
    cause: int | None,
) -> tuple[str, str]:
    """Return the row of a test, and the details that are shown when it is opened.

    `longest` is how long the longest test took, in seconds.
    """
    name = verdict_name(test)
    shown = NOT_RUN if test.verdict is None else test.verdict.describe()
    title = escape(test.name)
    if (link := _link(test.decisive_run, places)) is not None:
        title = f'<a class=name href="{link}">{title}</a>'
    else:
        title = f"<span class=name>{title}</span>"
    why = _why(test).split("\n")[0][:LONGEST_WHY]
    attributes = f'data-verdict="{name}" data-seconds="{test.seconds:.3f}"'
    if cause is not None:
        attributes += f' data-cause="{cause}"'
    head = (
        f'<details class="test {name.replace(" ", "-")}" {attributes}><summary>'
        f"<b class=outcome>{escape(shown)}</b> {title} <span class=why>{escape(why)}</span> "
        f"{_bar(test, longest)}<span class=number>{_time(test)}</span></summary>"
    )
    return head, _details(test, places, past)


def _why(test: SuiteTest) -> str:
    """Return why a test did not pass, or what is to be said of one that did."""
    verdict = test.verdict
    if verdict is None:
        return test.note
    if verdict.headline:
        return verdict.headline
    if verdict.retried:
        errors = [run.headline for run in test.runs if run.outcome is not Outcome.PASSED]
        headline = errors[0] if errors else ""
        return f"run again after an error: {headline}"
    if troubles := _troubles(test.decisive_run):
        return f"trouble in machines: {troubles}"
    return test.note


def _troubles(run: Run | None) -> str:
    return ", ".join(f"{count} {kind}" for kind, count in run.troubles.items()) if run else ""


def _time(test: SuiteTest) -> str:
    return duration_text(test.seconds) if test.runs else ""


def _link(run: Run | None, places: Mapping[Path, str]) -> str | None:
    """Return the address of a report in the folder of the suite; None if it has no page."""
    if run is None or not run.page or run.folder not in places:
        return None
    return escape(quote(f"{places[run.folder]}/{run.page}"))


def _bar(test: SuiteTest, longest: float) -> str:
    """Show where the time of a test went.

    The square root makes short tests visible beside one that takes minutes.
    """
    phases = _phases(test.runs)
    whole = sum(phases.values())
    width = 100 * sqrt(test.seconds / longest) if longest else 0.0
    parts = [
        f'<i class="part-{colour_of(name)}" style="flex-grow:{seconds / whole:.3f}"></i>'
        for name, seconds in phases.items()
        if seconds / whole >= LEAST_SHARE
    ]
    inner = "".join(parts) or "<i class=part-step style=flex-grow:1></i>"
    shown = f'<span style="width:{width:.1f}%">{inner}</span>' if width else ""
    return f"<span class=bar aria-hidden=true>{shown}</span>"


def _phases(runs: Iterable[Run]) -> dict[str, float]:
    """Return the seconds of all runs by phase, without the wait for memory."""
    found: dict[str, float] = {}
    for run in runs:
        for name, seconds in run.phases.items():
            if name != "admission" and seconds > 0:
                found[name] = found.get(name, 0.0) + seconds
    return found


def _details(test: SuiteTest, places: Mapping[Path, str], past: Sequence[PastRun]) -> str:
    headline = test.verdict.headline if test.verdict else ""
    is_long = "\n" in headline or len(headline) > LONGEST_WHY
    return (
        "<div class=more>"
        + (f"<pre tabindex=0>{escape(headline)}</pre>" if is_long else "")
        + _pairs(_about(test, places, past))
        + _legend(test)
        + _runs(test, places)
        + "</div>"
    )


def _pairs(pairs: Pairs) -> str:
    """Return a list of names and values; the values are HTML."""
    items = "".join(f"<dt>{escape(name)}</dt><dd>{value}</dd>" for name, value in pairs)
    return f"<dl class=pair>{items}</dl>" if items else ""


def _about(test: SuiteTest, places: Mapping[Path, str], past: Sequence[PastRun]) -> Pairs:
    run, pairs = test.decisive_run, Pairs()
    if run is not None:
        pairs += _about_run(test, run, places)
    if test.note and test.verdict is not None:
        pairs.append(("note", escape(test.note)))
    if (flaky := test.flaky) is not None:
        text = f"tolerated until {flaky.until}, {flaky.retries} retries: {flaky.reason}"
        pairs.append(("flaky", escape(text)))
    if (needs := test.resources) is not None:
        text = (
            f"{needs.memory} MiB of memory, {_count(needs.cores, 'processor')}, "
            f"{needs.disk} MiB of disk, {_count(needs.machines, 'machine')}"
        )
        pairs.append(("needs", text))
    if len(past) > 1:
        pairs.append(("history", _history(past)))
    if test.derivation:
        pairs.append(("derivation", f"<code>{escape(test.derivation)}</code>"))
    return pairs


def _count(count: int, name: str) -> str:
    return f"{count} {name}{'' if count == 1 else 's'}"


def _about_run(test: SuiteTest, run: Run, places: Mapping[Path, str]) -> Pairs:
    pairs = Pairs()
    link = _link(run, places)
    shown = escape(run.report or "none: the run left no report")
    pairs.append(("report", f'<a href="{link}">{shown}</a>' if link else shown))
    ran = [moment_text(run.began)] if run.began is not None else []
    ran += {"store": ["from the store"], "ran": [], "": []}[test.source]
    if test.builder:
        ran.append(f"on {test.builder}")
    if ran:
        pairs.append(("ran", escape(", ".join(ran))))
    if run.exit_status is not None:
        pairs.append(("exit status", str(run.exit_status)))
    if run.failed_cases:
        items = "".join(f"<li>{escape(name)}</li>" for name in run.failed_cases[:MOST_CASES])
        left = len(run.failed_cases) - MOST_CASES
        items += f"<li>and {left} more</li>" if left > 0 else ""
        pairs.append((f"failed, of {run.cases}", f"<ul class=cases>{items}</ul>"))
    if troubles := _troubles(run):
        pairs.append(("trouble", escape(troubles)))
    if run.machines:
        pairs.append(("machines", escape(", ".join(run.machines))))
    if run.seed:
        pairs.append(("seed", f"<code>{escape(run.seed)}</code>"))
    return pairs


def _history(past: Sequence[PastRun]) -> str:
    """Show earlier runs as squares, the last on the right, and how many failed."""
    last = past[-MOST_PAST_RUNS:]
    squares = "".join(
        f'<i class={run.outcome.value} title="{run.outcome.value}, {moment_text(run.began)}, '
        f'{duration_text(run.seconds)}"></i>'
        for run in last
    )
    failed = sum(run.outcome is Outcome.FAILED for run in last)
    text = f"{failed} of the last {len(last)} runs failed"
    return f"<span class=history aria-hidden=true>{squares}</span> {text}"


def _legend(test: SuiteTest) -> str:
    """Return where the time went, as text."""
    phases = {name: one for name, one in _phases(test.runs).items() if one >= 0.005}
    items = [
        f'<li><span class="swatch part-{colour_of(name)}"></span>'
        f"{escape(LABELS.get(name, name))} <b>{duration_text(seconds)}</b></li>"
        for name, seconds in phases.items()
    ]
    if waited := sum(run.waited for run in test.runs):
        text = f"waited for the host, not counted <b>{duration_text(waited)}</b>"
        items.append(f"<li>{text}</li>")
    return f"<ul class=legend>{''.join(items)}</ul>" if items else ""


def _runs(test: SuiteTest, places: Mapping[Path, str]) -> str:
    """Return the table of the runs of a test that ran more than once."""
    if len(test.runs) < 2:
        return ""
    rows = [_run(number, run, places) for number, run in enumerate(test.runs[:MOST_RUNS], 1)]
    left = len(test.runs) - MOST_RUNS
    more = f"<p>and {left} more: suite.json has all</p>" if left > 0 else ""
    return (
        "<div class=scroll><table class=runs><thead><tr><th scope=col>Run</th>"
        "<th scope=col>Ended</th><th scope=col class=number>Time</th><th scope=col>Why</th></tr>"
        f"</thead><tbody>{''.join(rows)}</tbody></table></div>{more}"
    )


def _run(number: int, run: Run, places: Mapping[Path, str]) -> str:
    link = _link(run, places)
    name = f"{number}" if not run.seed else f"{number} (seed {escape(run.seed)})"
    shown = f'<a href="{link}">{name}</a>' if link else name
    why = escape(run.headline.split("\n")[0][:LONGEST_WHY])
    return (
        f"<tr class={run.outcome.value}><td>{shown}</td><td>{run.outcome.value}</td>"
        f"<td class=number>{duration_text(run.seconds)}</td><td>{why}</td></tr>"
    )
