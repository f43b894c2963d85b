"""Ask the chain: chain-client get-deploy --node-address ADDRESS HASH"""

import argparse
import json
import sys

from calls import Refused, call


def main() -> None:
    """Print what has become of a deploy."""
    parser = argparse.ArgumentParser(prog="chain-client")
    parser.add_argument("command", choices=["get-deploy"])
    parser.add_argument("--node-address", required=True)
    parser.add_argument("hash")
    given = parser.parse_args()
    try:
        print(json.dumps(call(given.node_address, f"/deploys?hash={given.hash}")))
    except Refused as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
