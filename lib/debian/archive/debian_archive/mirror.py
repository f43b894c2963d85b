"""Which Debian mirror to use: the one given, or the machine's own."""

from __future__ import annotations

import re
from pathlib import Path

from .errors import AptError, MirrorNotKnown
from .process import run_apt

OS_RELEASE = Path("/etc/os-release")


def machine_codename(os_release: Path = OS_RELEASE) -> str:
    """Return the codename of the machine's Debian; `sid` has none."""
    try:
        text = os_release.read_text(encoding="utf-8")
    except OSError:
        return "sid"
    match = re.search(r'^VERSION_CODENAME="?([a-z]+)"?$', text, re.MULTILINE)
    return match[1] if match else "sid"


def find_mirror(given: str | None, os_release: Path = OS_RELEASE) -> str:
    """Return the address of the main archive as apt may be given it, without a slash at its end.

    `given` is what the user said, if anything. Raises `MirrorNotKnown`.
    """
    if given:
        return given.rstrip("/")
    codename = machine_codename(os_release)
    try:
        # `indextargets` says nothing while the lists are empty, as on a fresh machine; the
        # addresses an update would read are always known, whatever format the sources have.
        addresses = run_apt(["apt-get", "update", "--print-uris"])
    except AptError as error:
        raise MirrorNotKnown(f"this machine's apt does not tell ({error})") from error
    pattern = rf"^'([^']*[^/'])/*/dists/{re.escape(codename)}/(?:In)?Release' "
    match = re.search(pattern, addresses, re.MULTILINE)
    if match is None:
        raise MirrorNotKnown(
            f"the apt sources of this machine have no entry for its own suite, '{codename}'"
        )
    return match[1]


def download_address(mirror: str) -> str:
    """Return the address that files are downloaded from.

    apt's `mirror+file:` names a file that lists mirrors; the first of them is taken.
    Raises `MirrorNotKnown` for other kinds that only apt can read.
    """
    if mirror.startswith("mirror+file:"):
        listing = Path("/" + mirror.removeprefix("mirror+file:").lstrip("/"))
        try:
            lines = listing.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise MirrorNotKnown(f"apt's list of mirrors {listing} cannot be read") from error
        entries = [line.split()[0] for line in lines if line.strip() and line.strip()[0] != "#"]
        if not entries:
            raise MirrorNotKnown(f"apt's list of mirrors {listing} is empty")
        mirror = entries[0].rstrip("/")
    if not mirror.startswith(("http://", "https://", "file:/")):
        raise MirrorNotKnown(f"'{mirror}' is not an address of http, https or file")
    return mirror
