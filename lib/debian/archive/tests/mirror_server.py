"""A mirror on this machine, which can misbehave."""

from __future__ import annotations

import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self


class MirrorServer:
    """Serves `files`; answers with `status`, cuts short, or stays half-way while `hang` is set."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.status: dict[str, list[int]] = {}
        self.cut: dict[str, int] = {}
        self.requests: list[str] = []
        self.agents: set[str] = set()
        self.hang = threading.Event()
        self.hanging = threading.Event()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                mirror.requests.append(self.path)
                mirror.agents.add(self.headers.get("User-Agent", ""))
                path = self.path.split("/debian/")[-1]
                statuses = mirror.status.get(path, [])
                content = mirror.files.get(path)
                if statuses or content is None:
                    self.send_error(statuses.pop(0) if statuses else 404)
                    return
                self.send_response(200)
                self.send_header("Content-Length", str(len(content)))
                if path.endswith("/"):
                    self.send_header("Content-Type", "text/html")
                self.end_headers()
                half = len(content) // 2 if mirror.hang.is_set() else 0
                self.wfile.write(content[:half])
                while mirror.hang.is_set():
                    mirror.hanging.set()
                    time.sleep(0.01)
                self.wfile.write(content[half : mirror.cut.pop(path, len(content))])

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.address = f"http://127.0.0.1:{self._server.server_address[1]}/debian"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
