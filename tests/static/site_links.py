"""Check the links of a built site: files and anchors exist, and nothing comes from the network.

Usage: site_links.py FOLDER
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

# Attributes with an address, by element. A reader follows those of `a`; a browser loads the others.
ADDRESSES = {"a": "href", "img": "src", "link": "href", "script": "src", "source": "src"}
# Elements of the head that name another page, and load nothing.
NAMES_A_PAGE = {"author", "canonical", "genindex", "index", "next", "prev", "search", "top"}


@dataclass
class Page(HTMLParser):
    """What one HTML file links to, and what can be linked to in it."""

    links: list[tuple[str, str]] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Prepare the parser."""
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the links and the anchors of an element."""
        given = {name: value or "" for name, value in attrs}
        self.anchors |= {given[name] for name in ("id", "name") if name in given}
        address = ADDRESSES.get(tag)
        if address and address in given:
            kind = "a" if given.get("rel") in NAMES_A_PAGE else tag
            self.links.append((kind, given[address]))


def read(path: Path) -> Page:
    """Read a page."""
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def problems(site: Path) -> Iterator[str]:
    """Yield what is wrong with the links of a site."""
    pages = {path.resolve(): read(path) for path in sorted(site.rglob("*.html"))}
    for path, page in pages.items():
        shown = path.relative_to(site.resolve())
        for kind, link in page.links:
            problem = problem_of(path, kind, link, pages)
            if problem:
                yield f"{shown}: {link}: {problem}"


def problem_of(path: Path, kind: str, link: str, pages: dict[Path, Page]) -> str | None:
    """Say what is wrong with a link, if anything is."""
    parts = urlsplit(link)
    if parts.scheme == "data":
        return None
    if parts.scheme or parts.netloc:
        return None if kind == "a" else "is loaded from the network; the site works without one"
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if not target.is_file():
        return "no such file"
    anchor = unquote(parts.fragment)
    if anchor and target in pages and anchor not in pages[target].anchors:
        return "no such anchor"
    return None


def main(arguments: list[str]) -> int:
    """Tell what is wrong, and count."""
    if len(arguments) != 1 or not any(Path(arguments[0]).rglob("*.html")):
        sys.stderr.write("usage: site_links.py FOLDER, which has HTML files\n")
        return 2
    site = Path(arguments[0])
    found = list(problems(site))
    for problem in found:
        sys.stderr.write(f"{problem}\n")
    pages = [read(path) for path in site.rglob("*.html")]
    links = sum(len(page.links) for page in pages)
    sys.stdout.write(f"{len(pages)} HTML files, {links} links, {len(found)} problems\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
