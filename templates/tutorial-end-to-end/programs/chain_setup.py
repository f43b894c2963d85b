"""Make wallets, and deploy the contract of the ledger: chain_setup.py --node-address ADDRESS FOLDER

FOLDER gets users/user-N/secret_key.pem and public_key_hex, and contracts/ledger_contract_hash.
"""

import argparse
import time
from pathlib import Path

from calls import Refused, call
from signing import make_key

USERS = 3
SECONDS = 30


def make_wallets(folder: Path) -> None:
    """Make a wallet for each user, which everybody can read."""
    for number in range(1, USERS + 1):
        user = folder / f"user-{number}"
        user.mkdir(parents=True, exist_ok=True)
        private_key = user / "secret_key.pem"
        (user / "public_key_hex").write_text(make_key(private_key))
        private_key.chmod(0o644)


def deploy_contract(node_address: str) -> str:
    """Deploy the contract, wait until it is executed, and return its hash."""
    deadline = time.monotonic() + SECONDS
    while True:
        try:
            answer = call(node_address, "/deploys", {"name": "ledger"})
            break
        except Refused:
            # The node may not listen yet.
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)
    deploy_hash = answer["deploy_hash"]
    while not call(node_address, f"/deploys?hash={deploy_hash}")["result"]["execution_results"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"the contract was not executed within {SECONDS} s")
        time.sleep(0.2)
    return deploy_hash


def main() -> None:
    """Do both."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--node-address", required=True)
    parser.add_argument("folder", type=Path)
    given = parser.parse_args()
    make_wallets(given.folder / "users")
    contracts = given.folder / "contracts"
    contracts.mkdir(exist_ok=True)
    (contracts / "ledger_contract_hash").write_text(deploy_contract(given.node_address))


if __name__ == "__main__":
    main()
