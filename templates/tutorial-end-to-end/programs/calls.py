"""JSON over HTTP: the client's side, which starts faster without a server's modules."""

import http.client
import json
from http import HTTPStatus
from urllib.parse import urlsplit


class Refused(Exception):
    """A request that is not done, with the reason."""


def call(address: str, path: str, body: dict[str, str] | None = None) -> object:
    """Send a request, with a body as POST; return the JSON of the answer. Raises `Refused`."""
    url = urlsplit(address)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=20)
    try:
        if body is None:
            connection.request("GET", path)
        else:
            connection.request("POST", path, json.dumps(body))
        response = connection.getresponse()
        text = response.read().decode()
    except OSError as error:
        raise Refused(f"{address}{path}: {error}") from error
    finally:
        connection.close()
    if response.status != HTTPStatus.OK:
        raise Refused(f"{address}{path}: {response.status} {response.reason}: {text.strip()}")
    return json.loads(text)
