"""A chain of one node, for tests: chain.py PORT"""

import hashlib
import json
import sys
import threading
import time

from calls import Refused
from web import serve

BLOCK_SECONDS = 1.0


class Chain:
    """Deploys, each executed with the next block."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[str] = []
        self._deploys: dict[str, dict] = {}

    def make_blocks(self) -> None:
        """Execute what waits, block after block."""
        while True:
            time.sleep(BLOCK_SECONDS)
            with self._lock:
                for deploy_hash in self._waiting:
                    self._execute(self._deploys[deploy_hash])
                self._waiting.clear()

    def _execute(self, deploy: dict) -> None:
        contract = deploy["deploy"].get("contract")
        result: dict[str, dict] = {"Success": {}}
        if contract is not None and not self._is_executed(contract):
            result = {"Failure": {"error_message": f"there is no contract {contract}"}}
        deploy["execution_results"].append({"result": result})

    def _is_executed(self, deploy_hash: str) -> bool:
        deploy = self._deploys.get(deploy_hash, {"execution_results": []})
        return any("Success" in one["result"] for one in deploy["execution_results"])

    def put_deploy(self, given: dict[str, str]) -> object:
        """Take a deploy; return its hash."""
        with self._lock:
            text = json.dumps([given, len(self._deploys)])
            deploy_hash = hashlib.sha256(text.encode()).hexdigest()
            self._deploys[deploy_hash] = {"deploy": given, "execution_results": []}
            self._waiting.append(deploy_hash)
        return {"deploy_hash": deploy_hash}

    def get_deploy(self, given: dict[str, str]) -> object:
        """Return a deploy, and what executing it came to."""
        with self._lock:
            if given["hash"] not in self._deploys:
                raise Refused(f"there is no deploy {given['hash']}")
            return {"result": self._deploys[given["hash"]]}

    def deposits(self, given: dict[str, str]) -> object:
        """Return the executed deposits of a contract, by their hashes."""
        with self._lock:
            return {
                deploy_hash: deploy["deploy"]
                for deploy_hash, deploy in self._deploys.items()
                if deploy["deploy"].get("contract") == given["contract"]
                and self._is_executed(deploy_hash)
            }


def run_node(port: int) -> None:
    """Run the node until it is killed."""
    chain = Chain()
    threading.Thread(target=chain.make_blocks, daemon=True).start()
    actions = {
        "POST /deploys": chain.put_deploy,
        "GET /deploys": chain.get_deploy,
        "GET /deposits": chain.deposits,
    }
    serve(port, actions)


if __name__ == "__main__":
    run_node(int(sys.argv[1]))
