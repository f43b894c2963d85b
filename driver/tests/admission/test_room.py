"""Whether a host has room."""

from test_driver.admission.host_memory import HostMemory
from test_driver.admission.ledger import Others
from test_driver.admission.room import reserved_mib, room_for

HOST = HostMemory(total_mib=10_000, available_mib=8_000)


def test_a_reserve_is_left_within_bounds() -> None:
    assert [reserved_mib(total) for total in (100, 10_000, 10**6)] == [128, 500, 2048]


def test_what_is_available_and_not_reserved_is_free() -> None:
    assert room_for(7500, HOST, Others()).fits
    assert not room_for(7501, HOST, Others()).fits


def test_what_others_claim_and_do_not_use_yet_is_not_free() -> None:
    others = Others(count=2, claimed_mib=5000, outstanding_mib=1000)
    assert room_for(6500, HOST, others).fits
    room = room_for(6501, HOST, others)
    assert not room.fits
    assert room.describe() == (
        "memory: needs 6501 MiB, 6500 MiB of 10000 MiB free; "
        "2 other tests of this host claim 5000 MiB"
    )


def test_what_the_driver_itself_does_not_use_yet_is_not_free() -> None:
    assert not room_for(7500, HOST, Others(), own_outstanding_mib=1).fits


def test_a_quota_counts_claims_whatever_is_in_use() -> None:
    others = Others(count=1, claimed_mib=2000)
    assert room_for(1000, HOST, others, quota_mib=3000).fits
    assert not room_for(1000, HOST, others, quota_mib=3000, own_mib=1).fits
    room = room_for(1152, HOST, others, quota_mib=3072)
    assert room.over_quota
    assert room.describe() == (
        "memory: needs 1152 MiB, 1072 MiB of 3072 MiB free; "
        "1 other test of this host claims 2000 MiB"
    )


def test_nothing_starts_under_memory_pressure() -> None:
    pressed = HostMemory(total_mib=10_000, available_mib=8_000, pressure=23.4)
    room = room_for(10, pressed, Others())
    assert not room.fits
    assert "memory pressure is 23 % (some avg10), and tests start at 10 % or less" in (
        room.describe()
    )


def test_who_came_first_starts_first() -> None:
    room = room_for(10, HOST, Others(), before=3)
    assert not room.fits
    assert room.describe().endswith("; 3 that came earlier wait, too")


def test_less_than_nothing_is_told_as_nothing() -> None:
    full = HostMemory(total_mib=10_000, available_mib=100)
    room = room_for(10, full, Others())
    assert room.describe() == "memory: needs 10 MiB, 0 MiB of 10000 MiB free"


def test_boots_share_the_processors_of_the_host() -> None:
    others = Others(count=2, claimed_mib=1000, booting_cores=3)
    assert room_for(10, HOST, others, boot_cores=1, most_booting=4).fits
    assert room_for(10, HOST, others, boot_cores=0, most_booting=3).fits
    assert room_for(10, HOST, others, boot_cores=9).fits
    assert room_for(10, HOST, Others(count=2), boot_cores=9, most_booting=4).fits
    room = room_for(10, HOST, others, boot_cores=2, most_booting=4)
    assert not room.fits
    assert room.describe() == (
        "processors: machines with 2 are to boot, and those of other tests boot on 3; on this host "
        "4 boot at once, because a guest that boots too slowly fails"
    )


def test_memory_is_told_before_processors() -> None:
    others = Others(count=1, booting_cores=4)
    room = room_for(9000, HOST, others, boot_cores=2, most_booting=4)
    assert room.describe().startswith("memory: needs 9000 MiB")
