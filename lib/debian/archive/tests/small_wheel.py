"""Small wheels, and an index that has them."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass

from mirror_server import MirrorServer


@dataclass(frozen=True, slots=True, kw_only=True)
class Wheel:
    """A file of an index."""

    name: str
    file: str
    content: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.content).hexdigest()


def small_wheel(
    name: str,
    version: str,
    requires: Sequence[str] = (),
    *,
    tag: str = "py3-none-any",
    more: Sequence[str] = (),
) -> Wheel:
    """Make a wheel with one module; `more` are further lines of its metadata."""
    module = name.lower().replace("-", "_")
    info = f"{module}-{version}.dist-info"
    metadata = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    metadata += [f"Requires-Dist: {text}" for text in requires]
    files = {
        f"{module}.py": f"version = {version!r}\n",
        f"{info}/METADATA": "\n".join([*metadata, *more, ""]),
        f"{info}/WHEEL": f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {tag}\n",
        f"{info}/RECORD": "",
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, text in files.items():
            # Always of the same time, so that the same wheel has the same hash.
            archive.writestr(zipfile.ZipInfo(path), text)
    return Wheel(
        name=module.replace("_", "-"),
        file=f"{module}-{version}-{tag}.whl",
        content=buffer.getvalue(),
    )


class PackageIndex:
    """A Python package index, of the pages that pip reads, on a server."""

    def __init__(self, server: MirrorServer) -> None:
        self.address = f"{server.address}/simple"
        self._server = server
        self._links: dict[str, list[str]] = {}

    def add(self, wheel: Wheel, *, hash_fragment: bool = True) -> None:
        """Publish a wheel."""
        self._server.files[f"files/{wheel.file}"] = wheel.content
        fragment = f"#sha256={wheel.sha256}" if hash_fragment else ""
        link = f'<a href="../../files/{wheel.file}{fragment}">{wheel.file}</a>'
        self._links.setdefault(wheel.name, []).append(link)
        self._publish(wheel.name)

    def remove(self, name: str) -> None:
        """Publish no wheel of a distribution any more."""
        self._links[name] = []
        self._publish(name)

    def replace(self, wheel: Wheel, content: bytes) -> None:
        """Serve other bytes in the place of a wheel; the page says nothing of a hash."""
        self.remove(wheel.name)
        self.add(wheel, hash_fragment=False)
        self._server.files[f"files/{wheel.file}"] = content

    def _publish(self, name: str) -> None:
        page = "<!DOCTYPE html><html><body>" + "".join(self._links[name]) + "</body></html>"
        self._server.files[f"simple/{name}/"] = page.encode()
