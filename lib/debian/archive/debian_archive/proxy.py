"""Which proxies to download through."""

from __future__ import annotations

import re
import urllib.request
from urllib.parse import urlsplit

from .errors import AptError
from .process import run_apt


def _apt_proxy(scheme: str, host: str) -> str | None:
    """Return the proxy apt uses for a host; `DIRECT` is none at all."""
    try:
        settings = run_apt(["apt-config", "dump", f"Acquire::{scheme}"])
    except AptError:
        return None
    values: dict[str, str] = dict(
        re.findall(r'^(Acquire::\S+) "(.*)";$', settings, re.MULTILINE | re.IGNORECASE)
    )
    for name in (f"Acquire::{scheme}::Proxy::{host}", f"Acquire::{scheme}::Proxy"):
        if values.get(name):
            return values[name]
    if any(values.get(f"Acquire::{scheme}::Proxy-Auto{token}") for token in ("-Detect", "Detect")):
        return _detected_proxy(f"{scheme}://{host}/")
    return None


def _detected_proxy(url: str) -> str | None:
    """Return what the program that the machine's apt is told to ask says."""
    try:
        answer = run_apt(["/usr/lib/apt/apt-helper", "auto-detect-proxy", url])
    except AptError:
        return None
    match = re.search(r"Using proxy '([^']+)'", answer)
    return match[1] if match else None


def find_proxies(mirror: str) -> dict[str, str]:
    """Return proxies by scheme: apt's for this mirror first, as for apt, else the environment's."""
    proxies: dict[str, str] = urllib.request.getproxies()
    parts = urlsplit(mirror)
    if parts.scheme in ("http", "https") and parts.hostname:
        found = _apt_proxy(parts.scheme, parts.hostname)
        if found == "DIRECT":
            proxies.pop(parts.scheme, None)
        elif found:
            proxies[parts.scheme] = found
    return proxies
