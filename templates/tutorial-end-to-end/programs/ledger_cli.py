"""The client of the ledger: ledger-cli --ledger-address ADDRESS COMMAND ...; see --help."""

import argparse
import json
import os
import sys
from pathlib import Path

from calls import Refused, call
from signing import public_key, signed


def arguments() -> argparse.Namespace:
    """Return what is given on the command line."""
    parser = argparse.ArgumentParser(prog="ledger-cli")
    parser.add_argument("--ledger-address", required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("deposit", "transfer", "withdraw"):
        command = commands.add_parser(name)
        command.add_argument("--amount", required=True)
        command.add_argument("--private-key", type=Path, required=True)
        if name != "withdraw":
            command.add_argument("--recipient", required=True)
    fetch = commands.add_parser("fetch")
    fetch.add_argument("--sender")
    fetch.add_argument("--recipient")
    fetch.add_argument("--transaction-type", choices=["deposit", "transfer", "withdrawal"])
    balance = commands.add_parser("balance")
    balance.add_argument("--account", required=True)
    return parser.parse_args()


def ask(given: argparse.Namespace) -> str:
    """Return what the ledger has, as JSON."""
    if given.command == "balance":
        query = {"account": given.account}
    else:
        query = {
            "public_key": given.sender,
            "recipient": given.recipient,
            "transaction_type": given.transaction_type,
        }
    text = "&".join(f"{name}={value}" for name, value in query.items() if value)
    path = {"balance": "balance", "fetch": "transactions"}[given.command]
    return json.dumps(call(given.ledger_address, f"/api/v1/{path}?{text}"))


def order(given: argparse.Namespace) -> str:
    """Sign what is to be done, and send it; return what is printed."""
    request = {
        "public_key": public_key(given.private_key),
        "amount": given.amount,
        "nonce": os.urandom(16).hex(),
    }
    if given.command == "transfer":
        request["recipient"] = given.recipient
    if given.command == "deposit" and given.recipient != request["public_key"]:
        raise Refused("a deposit goes to the account of the private key")
    path = f"/api/v1/{given.command}"
    answer = call(given.ledger_address, path, signed(request, given.private_key))
    sent = "successfully sent to the ledger"
    return {
        "deposit": answer.get("deploy_hash", ""),
        "transfer": f"Transfer {sent}",
        "withdraw": f"Withdrawal {sent}",
    }[given.command]


def main() -> None:
    """Do what the command line says."""
    given = arguments()
    try:
        print(ask(given) if given.command in ("fetch", "balance") else order(given))
    except Refused as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
