"""A chain, a ledger that settles on it, and the clients of both, as small as a test needs them.

    ledger.py chain FOLDER PORT            the chain; writes the keys of users and the contract
    ledger.py serve CHAIN PORT             the ledger, of the contract in LEDGER_CONTRACT_HASH
    ledger.py get-deploy CHAIN HASH        print what has become of a deploy
    ledger.py deposit SERVER KEY AMOUNT    print the hash of the deploy
    ledger.py transfer SERVER KEY AMOUNT RECIPIENT
    ledger.py withdraw SERVER KEY AMOUNT
    ledger.py fetch SERVER [QUERY]         print transactions; a QUERY is "type=deposit&sender=USER"

CHAIN and SERVER are addresses (http://localhost:80), KEY is a file. The public key that names a
user is the hash of the secret key: enough to tell users apart, and no cryptography.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import socket
import sys
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qsl, urlsplit
from urllib.request import urlopen

SECONDS = 2.0  # until the chain has executed a deploy

# A path, its query, and the body of the request, to the answer. Raises Refused.
Answer = Callable[[str, dict[str, str], Any], object]


class Refused(Exception):
    """What was asked for cannot be done."""


def public_key(secret: str) -> str:
    """Return the name of the user who has a secret key."""
    return hashlib.sha256(secret.strip().encode()).hexdigest()


def chain(folder: Path) -> Answer:
    """Make users, deploy the contract, and return what answers for the chain."""
    for number in (1, 2, 3):
        user = folder / f"users/user-{number}"
        user.mkdir(parents=True, exist_ok=True)
        secret = secrets.token_hex(32)
        (user / "secret_key.pem").write_text(f"{secret}\n")
        (user / "public_key_hex").write_text(public_key(secret))
    contract = secrets.token_hex(32)
    (folder / "contracts").mkdir(exist_ok=True)
    (folder / "contracts/ledger_hash").write_text(contract)
    deploys: dict[str, float] = {}

    def answer(path: str, query: dict[str, str], body: Any) -> object:  # noqa: ANN401 - JSON
        if body is None:
            begun = deploys.get(path.rpartition("/")[2])
            if begun is None:
                raise Refused("no such deploy")
            done = time.monotonic() - begun > SECONDS
            return {"result": {"execution_results": [{"result": {"Success": {}}}] * done}}
        if body["contract"] != contract:
            raise Refused(f"no contract {body['contract']} on this chain")
        deploys[name := secrets.token_hex(32)] = time.monotonic()
        return name

    return answer


def ledger(address: str, contract: str) -> Answer:
    """Return what answers for the ledger."""
    transactions: list[dict[str, str]] = []
    pending: dict[str, dict[str, str]] = {}

    def settle() -> None:
        """Count what the chain has executed."""
        for deploy in list(pending):
            if ask(f"{address}/deploys/{deploy}")["result"]["execution_results"]:
                transactions.append(pending.pop(deploy))

    def balance(user: str) -> int:
        signs = {("deposit", "sender"): 1, ("transfer", "recipient"): 1}
        return sum(
            int(one["amount"]) * signs.get((one["type"], role), -1)
            for one in transactions
            for role in ("sender", "recipient")
            if one.get(role) == user
        )

    def answer(path: str, query: dict[str, str], body: Any) -> object:  # noqa: ANN401 - JSON
        settle()
        if body is None:
            return [one for one in transactions if query.items() <= one.items()]
        sender = public_key(body.pop("secret"))
        made = {"type": path.strip("/"), "sender": sender, **body}
        if made["type"] == "transfer" and made["recipient"] == sender:
            raise Refused("a transfer to oneself")
        if made["type"] != "deposit" and balance(sender) < int(body["amount"]):
            raise Refused(f"{sender} has {balance(sender)} only")
        if made["type"] != "deposit":
            transactions.append(made)
            return f"The {made['type']} was accepted"
        deploy: str = ask(f"{address}/deploys", {"contract": contract})
        pending[deploy] = made
        return deploy

    return answer


def serve(port: int, answer: Answer) -> None:
    """Answer requests on a TCP port of this machine. It notifies systemd when it begins."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(None)

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            self._answer(json.loads(self.rfile.read(length)))

        def _answer(self, body: object) -> None:
            url = urlsplit(self.path)
            try:
                status, found = 200, answer(url.path, dict(parse_qsl(url.query)), body)
            except Refused as error:
                status, found = 409, str(error)
            text = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

    with HTTPServer(("localhost", port), Handler) as server:
        if address := os.environ.get("NOTIFY_SOCKET"):
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM).sendto(b"READY=1", address)
        server.serve_forever()


def ask(url: str, body: dict[str, str] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Return the answer to a request. Raises Refused."""
    try:
        with urlopen(url, None if body is None else json.dumps(body).encode(), 10) as answer:
            return json.loads(answer.read())
    except HTTPError as error:
        raise Refused(error.read().decode()) from error


def main(program: str, *arguments: str) -> None:
    """Do what one of the programs does."""
    if program == "chain":
        serve(int(arguments[1]), chain(Path(arguments[0])))
    elif program == "serve":
        serve(int(arguments[1]), ledger(arguments[0], os.environ["LEDGER_CONTRACT_HASH"]))
    elif program == "get-deploy":
        say(ask(f"{arguments[0]}/deploys/{arguments[1]}"))
    elif program == "fetch":
        say(ask(f"{arguments[0]}/transactions?{''.join(arguments[1:])}"))
    else:
        server, key, amount, *recipient = arguments
        body = {"secret": Path(key).read_text(), "amount": amount}
        if recipient:
            body["recipient"] = recipient[0]
        kind = {"withdraw": "withdrawal"}.get(program, program)
        say(ask(f"{server}/{kind}", body))


def say(answer: object) -> None:
    """Print a text as it is, and all else as JSON."""
    sys.stdout.write(f"{answer if isinstance(answer, str) else json.dumps(answer)}\n")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except Refused as error:
        sys.exit(f"refused: {error}")
