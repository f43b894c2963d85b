"""Write docs/options-*.md, the references of options, from their data in lib/options.

Run it in the checkout, with nix-instantiate on PATH: python3 docs/generate-options.py docs
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

SOURCE = Path(__file__).parents[1]
HEAD = """# {title}

Generated from the data in `lib/options` by `docs/generate-options.py`.

{introduction}
"""


def as_nix(value: object, indent: str = "") -> str:
    """Return a value of JSON as Nix text."""
    deeper = indent + "  "
    match value:
        case dict() if value:
            lines = [f"{deeper}{attribute(key, one, deeper)};\n" for key, one in value.items()]
            if len(lines) == 1:
                return "{ " + lines[0].strip() + " }"
            return "{\n" + "".join(lines) + indent + "}"
        case dict():
            return "{ }"
        case list():
            return " ".join(["[", *(as_nix(one, indent) for one in value), "]"])
        case str() if "\n" in value:
            return "''\n" + value.rstrip("\n") + "\n''"
        case _:
            return json.dumps(value, ensure_ascii=False)


def attribute(name: str, value: object, indent: str) -> str:
    """Return an attribute of a set and its value; sets with one attribute become a path."""
    while isinstance(value, dict) and len(value) == 1:
        ((inner, value),) = value.items()
        name += f".{inner}"
    return f"{name} = {as_nix(value, indent)}"


def entry(option: dict[str, Any], heading: str) -> str:
    """Return the section of one option: its description, a table of its facts, a long example."""
    rows = [("type", option["type"])]
    if option["isRequired"]:
        rows.append(("default", "none: the option must be set"))
    elif "defaultText" in option:
        rows.append(("default", option["defaultText"]))
    elif "default" in option:
        rows.append(("default", f"`{as_nix(option['default'])}`"))
    example = option.get("exampleText", as_nix(option["example"]) if "example" in option else "")
    is_long = "\n" in example.rstrip()
    if example and not is_long:
        rows.append(("example", f"`{example.rstrip()}`"))
    if option["kinds"]:
        rows.append(("available in", option["kinds"]))
    (first, fact), *others = [(label, text.replace("|", "\\|")) for label, text in rows]
    table = [
        f"| {first} | {fact} |",
        "|---|---|",
        *(f"| {label} | {text} |" for label, text in others),
    ]
    block = f"\nExample:\n\n```nix\n{example.rstrip()}\n```\n" if is_long else ""
    return (
        f"{heading} `{option['name']}`\n\n{option['description'].rstrip()}\n\n"
        + "\n".join(table)
        + f"\n{block}"
    )


def page(content: dict[str, Any]) -> str:
    """Return a page as Markdown."""
    parts = [HEAD.format(**content)]
    for section in content["sections"]:
        if section["title"]:
            parts.append(f"## {section['title']}\n")
        heading = "###" if section["title"] else "##"
        parts += [entry(option, heading) for option in section["options"]]
    return "\n".join(parts).rstrip() + "\n"


def main(folder: Path) -> None:
    """Write all pages into a folder."""
    done = subprocess.run(
        [
            "nix-instantiate",
            "--eval",
            "--strict",
            "--json",
            str(SOURCE / "lib/options/reference.nix"),
        ],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    for content in json.loads(done.stdout):
        (folder / f"options-{content['page']}.md").write_text(page(content), encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"usage: {sys.argv[0]} FOLDER")
    main(Path(sys.argv[1]))
