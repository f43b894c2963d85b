"""Variants: what a machine can be made of instead."""

from typing import Any

import pytest

from test_driver.errors import VariantError
from test_driver.machine import QemuMachine

from ..conftest import FAKE_QEMU, DriverProcess, MachineMaker


def variant(memory_mib: int, disk: str = "a", **values: object) -> dict[str, Any]:
    """Return a variant as the JSON document has it."""
    described = {"start_command": FAKE_QEMU, "memory_mib": memory_mib, "cores": 2, "disk": disk}
    return {"values": values, **described}


@pytest.fixture
def machine(make_machine: MachineMaker) -> QemuMachine:
    """A machine with four variants, which is none of them yet; one has other disks."""
    return make_machine(
        variants=(
            variant(1, kernel="old", memorySize=1),
            variant(2, kernel="old", memorySize=2),
            variant(1, kernel="new", memorySize=1),
            variant(2, disk="b", kernel="new", memorySize=2),
        ),
        variant={"kernel": "own", "memorySize": 1},
        disk="a",
    )


def test_a_machine_becomes_what_it_is_told(machine: QemuMachine) -> None:
    assert machine.variant == {"kernel": "own", "memorySize": 1}
    assert len(machine.variants) == 4
    machine.use_variant(kernel="old")
    assert machine.variant == {"kernel": "old", "memorySize": 1}
    machine.use_variant(memorySize=2)
    assert machine.variant == {"kernel": "old", "memorySize": 2}
    assert (machine.memory_mib, machine.cores) == (2, 2)
    machine.succeed("true")


def test_a_disk_of_the_same_kind_is_kept_and_another_is_made_anew(machine: QemuMachine) -> None:
    machine.succeed("true")
    machine.crash()
    disk = machine.state_dir / "root.qcow2"
    disk.write_text("kept")
    machine.use_variant(kernel="new")
    assert disk.read_text() == "kept"
    machine.use_variant(memorySize=2)
    assert not disk.exists()


def test_a_checkpoint_brings_the_variant_back(machine: QemuMachine) -> None:
    machine.use_variant(kernel="old", memorySize=2)
    machine.succeed("true")
    machine.checkpoint("old")
    machine.crash()
    machine.use_variant(kernel="new", memorySize=1)
    machine.start()
    machine.restore("old")
    assert machine.variant == {"kernel": "old", "memorySize": 2}
    assert machine.memory_mib == 2
    machine.succeed("true")


def test_what_does_not_exist_is_refused_with_what_does(machine: QemuMachine) -> None:
    with pytest.raises(VariantError) as caught:
        machine.use_variant(kernel="older", memorySize=1)
    assert str(caught.value) == (
        "machine1: it has no variants with kernel='older', memorySize=1; those that there are:\n"
        "  kernel='old', memorySize=1\n"
        "  kernel='old', memorySize=2\n"
        "  kernel='new', memorySize=1\n"
        "  kernel='new', memorySize=2"
    )
    # Its own kernel is none of those.
    with pytest.raises(VariantError, match=r"no variants with kernel='own', memorySize=2; those"):
        machine.use_variant(memorySize=2)
    with pytest.raises(VariantError, match=r"no variants with kernel='own', .*, colour='red';"):
        machine.use_variant(colour="red")


def test_what_fits_several_is_refused(make_machine: MachineMaker) -> None:
    machine = make_machine(variants=(variant(1, a=1, b=1), variant(1, a=1, b=2)))
    with pytest.raises(VariantError, match=r"it has 2 variants with a=1; those that there are:"):
        machine.use_variant(a=1)


def test_a_machine_that_runs_stays_what_it_is(machine: QemuMachine) -> None:
    machine.start()
    with pytest.raises(VariantError, match=r"it runs, and cannot become another variant; switch"):
        machine.use_variant(kernel="old")


def test_a_machine_without_variants_says_so(make_machine: MachineMaker) -> None:
    with pytest.raises(VariantError, match="it has no variants; give it some with `variants`"):
        make_machine().use_variant(kernel="old")


def test_scripts_have_them(driver_process: DriverProcess) -> None:
    script = "machine1.use_variant(size=2)\nassert machine1.variants == [{'size': 1}, {'size': 2}]"
    more = {"variants": [variant(1, size=1), variant(2, size=2)], "variant": {"size": 1}}
    driver_process.document["machines"]["machine1"] |= more
    result = driver_process.run(script, "--check")
    assert result.returncode == 0, result.stderr
    assert "changed to the variant size=2" in result.stderr
