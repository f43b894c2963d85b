"""The images of containers, held by a program while the test runs."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from test_driver.backend.nspawn.image_holder import ImageHolder
from test_driver.errors import HostError, ProgramMissing

HOLDER = """
import os, sys
print("unpacked", os.environ["CONTAINER_IMAGES"] if "--say" in sys.argv else "")
print("unpacked", flush=True)
sys.stdin.read()
"""
FAILS = """
import sys
print("tar: no space left on the device")
sys.exit(2)
"""


async def _begun(command: tuple[str, ...], folder: Path) -> ImageHolder:
    holder = ImageHolder(command)
    await holder.begin(folder, dict(os.environ))
    return holder


def test_start_scripts_learn_where_the_images_are(tmp_path: Path) -> None:
    async def run() -> None:
        holder = await _begun((sys.executable, "-c", HOLDER), tmp_path)
        try:
            found = await holder.variables()
            assert found["CONTAINER_IMAGES"] == str(tmp_path / "container-images")
            assert Path(found["CONTAINER_IMAGES"]).is_dir()
            namespace = Path(found["CONTAINER_IMAGES_NAMESPACE"])
            assert namespace.readlink() == Path("/proc/self/ns/mnt").readlink()
            process = namespace.parents[1]
        finally:
            await holder.end()
        assert not process.exists()

    asyncio.run(run())


def test_a_test_without_images_starts_no_program(tmp_path: Path) -> None:
    async def run() -> None:
        holder = await _begun((), tmp_path)
        assert await holder.variables() == {}
        await holder.end()
        assert not list(tmp_path.iterdir())

    asyncio.run(run())


def test_images_that_cannot_be_unpacked_are_told_with_what_was_said(tmp_path: Path) -> None:
    async def run() -> None:
        holder = await _begun((sys.executable, "-c", FAILS), tmp_path)
        with pytest.raises(
            HostError,
            match=r"cannot be unpacked into memory \(exit status 2\): tar: no space left",
        ):
            await holder.variables()
        await holder.end()

    asyncio.run(run())


def test_a_program_that_is_missing_is_told(tmp_path: Path) -> None:
    with pytest.raises(ProgramMissing, match="unpacks images of containers"):
        asyncio.run(_begun(("/nowhere/hold-images",), tmp_path))
