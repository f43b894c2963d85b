"""The disks that a running QEMU gives its guest."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...deadline import Deadline
from .instance import QemuInstance

COMMAND_SECONDS = 60.0
# What the driver puts between a device and its image.
FILTERS = ("blkdebug", "blklogwrites")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachedDisk:
    """A disk that the guest can write to.

    `name` is its serial number, or QEMU's name for it; `device` the path of the guest's device,
    `node` what QEMU calls that which the device reads from and writes to now; `file` is the image,
    and `driver` its format.
    """

    name: str
    drive: str
    device: str
    node: str
    file: str
    driver: str
    size: int


async def attached_disks(qemu: QemuInstance) -> list[AttachedDisk]:
    """Return the disks that a guest can write to, in the order of the command line."""
    blocks = await _ask(qemu, "query-block")
    return [await _disk(qemu, block) for block in blocks if _is_disk(block)]


async def activate(qemu: QemuInstance) -> None:
    """Let a QEMU that has loaded a state take its disks now, and not when its guest goes on."""
    inserted = [block.get("inserted", {}) for block in await _ask(qemu, "query-block")]
    if not all(image.get("active", True) for image in inserted):
        await _ask(qemu, "blockdev-set-active", active=True)


async def replace_node(qemu: QemuInstance, disk: AttachedDisk, node: str) -> None:
    """Let the guest's device use another node, at once."""
    await _ask(qemu, "qom-set", path=disk.device, property="drive", value=node)


def image_of(inserted: Mapping[str, Any]) -> tuple[str, str]:
    """Return the file of an image and its format, from `query-block`, without the driver's filters.

    QEMU tells of what is below a filter as of a backing image.
    """
    image = inserted["image"]
    while image["format"] in FILTERS and "backing-image" in image:
        image = image["backing-image"]
    return str(image["filename"]), str(image["format"])


def _is_disk(block: Mapping[str, Any]) -> bool:
    inserted = block.get("inserted")
    if not inserted or inserted["ro"] or "qdev" not in block:
        return False
    return "flash" not in block["qdev"]  # the variables of EFI


async def _disk(qemu: QemuInstance, block: Mapping[str, Any]) -> AttachedDisk:
    # The path may be one of a device within the device, which has the properties.
    properties = await _ask(qemu, "qom-list", path=block["qdev"])
    serial = ""
    if any(known["name"] == "serial" for known in properties):
        serial = await _ask(qemu, "qom-get", path=block["qdev"], property="serial") or ""
    inserted = block["inserted"]
    file, driver = image_of(inserted)
    return AttachedDisk(
        name=serial or block["device"],
        drive=block["device"],
        device=block["qdev"],
        node=inserted["node-name"],
        file=file,
        driver=driver,
        size=int(inserted["image"]["virtual-size"]),
    )


async def _ask(qemu: QemuInstance, command: str, **arguments: object) -> Any:  # noqa: ANN401 - JSON, whose shape depends on the command
    return await qemu.execute(command, arguments, Deadline.after(COMMAND_SECONDS))
