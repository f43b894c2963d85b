"""Check the records of decisions: numbers, dates, status, and the list of all.

Usage: decisions.py FOLDER, which has `index.md` and the records `NNNN-title.md`.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

NAME = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
RECORD = re.compile(
    r"# (?P<number>\d+)\. (?P<title>.+)\n\n"
    r"- Date: (?P<date>\d{4}-\d{2}-\d{2})\n"
    r"- Status: (?:accepted|replaced by \[\d{4}\]).*\n\n"
    r"(?:.*\n)*?## Decision\n"
)


def problems(folder: Path) -> Iterator[str]:
    """Yield what is wrong with the records of a folder."""
    index = (folder / "index.md").read_text(encoding="utf-8")
    names = sorted(path.name for path in folder.glob("*.md") if path.name != "index.md")
    for expected, name in enumerate(names, 1):
        named = NAME.fullmatch(name)
        record = RECORD.match((folder / name).read_text(encoding="utf-8"))
        if named is None:
            yield f"{name}: the name of a record is NNNN-title.md"
        elif int(named[1]) != expected:
            yield f"{name}: the next number is {expected:04}"
        elif record is None:
            yield (
                f"{name}: a record begins with `# N. Title`, `- Date: YYYY-MM-DD` and "
                "`- Status: accepted` or `replaced by [NNNN](...)`, and has a section `Decision`"
            )
        elif int(record["number"]) != expected:
            yield f"{name}: the title has the number {record['number']}"
        else:
            row = f"| {expected} | [{record['title']}]({name}) | {record['date']} |"
            if index.count(f"{row}\n") != 1:
                yield f"{name}: index.md must have this line once: {row}"


def main(arguments: list[str]) -> int:
    """Tell what is wrong."""
    if len(arguments) != 1:
        sys.stderr.write("usage: decisions.py FOLDER\n")
        return 2
    folder = Path(arguments[0])
    found = list(problems(folder))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    count = len(list(folder.glob("0*.md")))
    sys.stdout.write(f"{count} decisions, {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
