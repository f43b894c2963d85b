"""JSON over HTTP: the server's side."""

import json
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from calls import Refused

# A request's parameters, or its JSON, in; JSON out.
Action = Callable[[dict[str, str]], object]


def serve(port: int, actions: dict[str, Action]) -> None:
    """Serve on the loopback address. The key of an action is its method and path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._answer("GET " + url.path, dict(parse_qsl(url.query)))

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            self._answer("POST " + self.path, json.loads(self.rfile.read(length)))

        def _answer(self, name: str, given: dict[str, str]) -> None:
            status = HTTPStatus.OK
            try:
                if name not in actions:
                    raise Refused(f"there is no {name}")
                answer = actions[name](given)
            except (Refused, KeyError, ValueError) as error:
                status = HTTPStatus.BAD_REQUEST
                answer = {"error": f"{type(error).__name__}: {error}"}
            body = json.dumps(answer).encode() + b"\n"
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    ThreadingHTTPServer(("127.0.0.1", port), Handler).serve_forever()
