"""Stands in for the disks of a QEMU, and for its balloon: what the monitor tells of them."""

import json
from pathlib import Path
from typing import Any

SIZE = 2**20
MIB = 2**20
NOTES = "block-commands"


class FakeDisks:
    """Two disks, and a medium that cannot be written to. What is done to them is in a file."""

    COMMANDS = (
        *("balloon", "block_set_io_throttle", "blockdev-add", "blockdev-del"),
        *("blockdev-set-active", "qom-list", "qom-set"),
        *("query-balloon", "query-block", "query-blockstats"),
    )

    def __init__(self) -> None:
        self.serials = {"/root": "root", "/empty0": ""}
        self.nodes = {"/root": "#root", "/empty0": "#empty0"}
        self.known = {"#root", "#empty0"}
        self.balloon: int | None = None

    def know(self, command: str, arguments: dict[str, Any]) -> bool:
        """Tell whether a command of the monitor is about the disks, or the balloon."""
        if command == "qom-get":
            return arguments["path"] in self.serials
        return command in self.COMMANDS or "balloon" in str(arguments.get("id"))

    def note(self, command: str, arguments: dict[str, Any]) -> None:
        """Keep a command for the test."""
        with open(NOTES, "a") as file:
            file.write(json.dumps([command, arguments]) + "\n")

    def command(self, command: str, arguments: dict[str, Any]) -> object:
        """Do what the monitor was told."""
        if not command.startswith(("query-", "qom-get", "qom-list")):
            self.note(command, arguments)
        match command:
            case "query-block":
                return self.blocks()
            case "query-blockstats":
                return [self.stats(device) for device in self.nodes]
            case "qom-list":
                return [{"name": "serial"}]
            case "qom-get":
                return self.serials[arguments["path"]]
            case "blockdev-add":
                self.known.add(arguments["node-name"])
            case "blockdev-del":
                self.known.remove(arguments["node-name"])
            case "qom-set":
                assert arguments["value"] in self.known
                self.nodes[arguments["path"]] = arguments["value"]
            case "device_add":
                self.balloon = 64 * MIB
            case "device_del":
                self.balloon = None
            case "query-balloon":
                return {"actual": self.pages()}
            case "balloon":
                if not Path("stiff-guest").exists():
                    self.balloon = arguments["value"]
        return {}

    def pages(self) -> int:
        """Return what the guest has, if there is a balloon."""
        if self.balloon is None:
            raise OSError("No balloon device has been activated")
        return self.balloon

    def blocks(self) -> list[dict[str, Any]]:
        """Return what `query-block` does."""
        disks = [
            {
                "device": device.strip("/"),
                "qdev": device,
                "inserted": {
                    "ro": False,
                    "node-name": node,
                    "active": not Path("inactive").exists(),
                    "image": image(device.strip("/"), filtered=not node.startswith("#")),
                },
            }
            for device, node in self.nodes.items()
        ]
        medium = {"filename": "/etc/hosts", "format": "raw"}
        return [*disks, {"inserted": {"ro": True, "image": medium}, "qdev": "/medium"}, {}]

    def stats(self, device: str) -> dict[str, Any]:
        """Return what `query-blockstats` does: so many reads have failed as a file says."""
        failed = Path("failed-reads")
        return {
            "qdev": device,
            "stats": {
                "failed_rd_operations": int(failed.read_text()) if failed.exists() else 0,
                "failed_wr_operations": 0,
                "failed_unmap_operations": 0,
                "failed_flush_operations": 0,
            },
        }

    def qemu_io(self, tokens: tuple[str, ...]) -> str:
        """Keep what is written, and with what."""
        source = tokens[tokens.index("-s") + 1]
        self.note("qemu-io", {"arguments": tokens, "data": Path(source).read_bytes().hex()})
        return ""


def image(name: str, *, filtered: bool) -> dict[str, Any]:
    """Return an image as QEMU describes it: below a filter, if there is one."""
    own = {"filename": f"{name}.qcow2", "format": "qcow2", "virtual-size": SIZE}
    if not filtered:
        return own
    return {
        "filename": "json:{}",
        "format": "blklogwrites",
        "backing-image": own,
        "virtual-size": SIZE,
    }
