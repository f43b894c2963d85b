"""The trouble of machines, in the head of a report: also of a test that has passed."""

from html import escape
from typing import Any

from .html_data import ReportData

MOST_ROWS = 50


def trouble_table(data: ReportData) -> str:
    """Return a table of what went wrong in machines, the expected last; nothing if all was well."""
    if not data.troubles:
        return ""
    first = sorted(data.troubles, key=lambda one: bool(one["expected"]))[:MOST_ROWS]
    rows = "".join(_row(data, one) for one in first)
    left = len(data.troubles) - len(first)
    more = f"<p>and {left} more: events.jsonl has all</p>" if left else ""
    return (
        "<h2>Trouble in machines</h2><div class=scroll><table class=trouble>"
        "<thead><tr><th scope=col>Machine</th><th scope=col>Kind</th><th scope=col>Seen</th>"
        "<th scope=col class=number>Time</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div>{more}"
    )


def _row(data: ReportData, one: dict[str, Any]) -> str:
    machine = data.machines[one["machine"]] if one["machine"] >= 0 else "the driver"
    about = ", ".join(part for part in (one["unit"], one["process"]) if part)
    expected = " (expected)" if one["expected"] else ""
    return (
        f"<tr class={'passed' if one['expected'] else 'failed'}>"
        f"<td>{escape(machine)}</td><td>{escape(str(one['trouble']))}{expected}</td>"
        f"<td><code>{escape(str(one['text']))}</code>"
        + (f"<br>{escape(about)}" if about else "")
        + f"</td><td class=number>{one['at'] / 1000:.2f} s</td></tr>"
    )
