"""What machines may use."""

from typing import Any

from test_driver.admission.claim import Claim, Need, claim_of
from test_driver.configuration import check_configuration

from ..conftest import Document


def claim(document: Document, machines: dict[str, dict[str, Any]], *names: str) -> Claim:
    document["admission"] = {"ledger": "/nowhere", "overhead_mib": 100}
    document["machines"] = {
        name: {"start_command": ["x"], "vlans": [], "memory_mib": 1, "cores": 1, **machine}
        for name, machine in machines.items()
    }
    return claim_of(check_configuration(document, where="it"), names or None)


def test_qemu_itself_is_counted(document: Document) -> None:
    found = claim(document, {"a": {"memory_mib": 512, "cores": 2}, "b": {"memory_mib": 300}})
    assert (found.memory_mib, found.cores) == (1012, 3)
    assert found.describe() == "a: 612 MiB, b: 400 MiB"
    assert found.without({"a"}).describe() == "b: 400 MiB"


def test_the_largest_variant_counts(document: Document) -> None:
    variants = [
        {"values": {"n": n}, "start_command": ["x"], "memory_mib": n, "cores": n, "disk": ""}
        for n in (3, 700)
    ]
    machine = {"memory_mib": 512, "variants": variants}
    assert claim(document, {"a": machine}).machines["a"] == Need(
        memory_mib=800, cores=700, boots=True
    )


def test_a_container_counts_with_its_limits(document: Document) -> None:
    free = {"container": True}
    limited = {"container": True, "limits": {"memory_mib": 200, "cores": 3}}
    found = claim(document, {"a": free, "b": limited})
    assert found.machines == {
        "a": Need(memory_mib=0, cores=1),
        "b": Need(memory_mib=200, cores=3),
    }


def test_machines_can_be_named(document: Document) -> None:
    assert claim(document, {"a": {}, "b": {}}, "b").describe() == "b: 101 MiB"
