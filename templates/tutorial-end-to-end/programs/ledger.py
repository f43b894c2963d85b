"""The ledger: who has which amount. Deposits come from the chain.

Its settings are environment variables: LEDGER_CHAIN_ADDRESS, LEDGER_CONTRACT_HASH,
LEDGER_SYNC_SECONDS.
"""

import os
import threading
import time
from collections import Counter

from calls import Refused, call
from signing import is_signed
from web import serve

PORT = 8000


class Ledger:
    """All transactions, and what they come to. All of it is in memory."""

    def __init__(self, chain_address: str, contract_hash: str) -> None:
        self._chain_address = chain_address
        self._contract_hash = contract_hash
        self._lock = threading.Lock()
        self._balances: Counter[str] = Counter()
        self._transactions: list[dict[str, str]] = []
        self._known_deposits: set[str] = set()
        self._known_nonces: set[str] = set()

    def sync(self, seconds: float) -> None:
        """Take deposits over from the chain, again and again."""
        while True:
            try:
                self._take_deposits()
            except Refused as error:
                print(f"no deposits: {error}", flush=True)
            time.sleep(seconds)

    def _take_deposits(self) -> None:
        deposits = call(self._chain_address, f"/deposits?contract={self._contract_hash}")
        with self._lock:
            for deploy_hash, deposit in deposits.items():
                if deploy_hash not in self._known_deposits:
                    self._known_deposits.add(deploy_hash)
                    self._balances[deposit["public_key"]] += int(deposit["amount"])
                    self._keep("deposit", deposit)

    def _keep(self, kind: str, request: dict[str, str]) -> None:
        names = ("public_key", "recipient", "amount")
        shown = {name: request[name] for name in names if name in request}
        self._transactions.append({"transaction_type": kind, **shown})

    def _checked(self, request: dict[str, str]) -> int:
        if not is_signed(request):
            raise Refused("the signature is not that of the public key")
        if (amount := int(request["amount"])) <= 0:
            raise Refused(f"the amount is {amount}, and must be 1 or more")
        with self._lock:
            if request["nonce"] in self._known_nonces:
                raise Refused("the request was sent twice")
            self._known_nonces.add(request["nonce"])
        return amount

    def _take(self, account: str, amount: int) -> None:
        if self._balances[account] < amount:
            raise Refused(f"the account has {self._balances[account]}, and {amount} are asked for")
        self._balances[account] -= amount

    def deposit(self, request: dict[str, str]) -> object:
        """Send a deposit to the chain; return the hash of the deploy."""
        self._checked(request)
        deploy = {name: request[name] for name in ("public_key", "amount")}
        return call(self._chain_address, "/deploys", {"contract": self._contract_hash, **deploy})

    def transfer(self, request: dict[str, str]) -> object:
        """Give an amount to another account."""
        amount = self._checked(request)
        with self._lock:
            self._take(request["public_key"], amount)
            self._balances[request["recipient"]] += amount
            self._keep("transfer", request)
        return {}

    def withdraw(self, request: dict[str, str]) -> object:
        """Take an amount out of an account."""
        amount = self._checked(request)
        with self._lock:
            self._take(request["public_key"], amount)
            self._keep("withdrawal", request)
        return {}

    def transactions(self, wanted: dict[str, str]) -> object:
        """Return the transactions that have all the values."""
        with self._lock:
            return [one for one in self._transactions if wanted.items() <= one.items()]

    def balance(self, given: dict[str, str]) -> object:
        """Return what an account has."""
        with self._lock:
            return {"amount": str(self._balances[given["account"]])}


def main() -> None:
    """Run the ledger until it is killed."""
    settings = os.environ
    ledger = Ledger(settings["LEDGER_CHAIN_ADDRESS"], settings["LEDGER_CONTRACT_HASH"])
    seconds = float(settings["LEDGER_SYNC_SECONDS"])
    threading.Thread(target=ledger.sync, args=[seconds], daemon=True).start()
    actions = {
        "POST /api/v1/deposit": ledger.deposit,
        "POST /api/v1/transfer": ledger.transfer,
        "POST /api/v1/withdraw": ledger.withdraw,
        "GET /api/v1/transactions": ledger.transactions,
        "GET /api/v1/balance": ledger.balance,
    }
    serve(PORT, actions)


if __name__ == "__main__":
    main()
