"""Frames: they come through whole and in order, in whatever pieces their bytes come."""

import os
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from test_driver.network.impaired_link import ETHERNET_HEADER, ImpairedLink, with_flipped_bit
from test_driver.network.impairment_values import Impairment, combined
from test_driver.network.relay.ports import LENGTH, FrameStream

from ...support.properties import examples, split

FRAMES = st.lists(st.binary(max_size=80), max_size=8)
SHARE = st.sampled_from([0.0, 0.3, 1.0])


def stream(read: int, write: int) -> FrameStream:
    """Return a stream of frames over two descriptors."""
    return FrameStream(read=read, write=write, on_waiting=lambda waiting: None)


@examples(150)
@given(st.data(), FRAMES)
def test_frames_are_found_however_their_bytes_are_split(
    data: st.DataObject, frames: list[bytes]
) -> None:
    read, write = os.pipe()
    try:
        reader, found = stream(read, write), list[bytes]()
        whole = b"".join(LENGTH.pack(len(frame)) + frame for frame in frames)
        for piece in data.draw(split(whole)):
            os.write(write, piece)
            found += reader.frames()
        assert found == frames
    finally:
        os.close(read)
        os.close(write)


@examples(25)
@given(st.lists(st.integers(0, 9000) | st.just(60_000), min_size=2, max_size=8))
def test_frames_that_a_full_pipe_does_not_take_are_sent_later(sizes: list[int]) -> None:
    frames = [bytes([number]) * size for number, size in enumerate(sizes)]
    read, write = os.pipe()
    try:
        writer, found = stream(read, write), list[bytes]()
        for frame in frames:
            writer.send(frame)
        while len(found) < len(frames):
            found += writer.frames()
            writer.flush()
        assert found == frames
    finally:
        os.close(read)
        os.close(write)


IMPAIRMENTS = st.builds(
    Impairment,
    loss=SHARE,
    duplicate=SHARE,
    reorder=SHARE,
    delay=st.sampled_from([0, 0.01, 5]),
    jitter=st.sampled_from([0, 0.01, 5]),
)


@examples(200)
@given(st.data(), IMPAIRMENTS, st.integers(0, 3))
def test_a_link_invents_no_frame_and_loses_those_that_it_is_told_to(
    data: st.DataObject, impairment: Impairment, seed: int
) -> None:
    sent = [bytes([number]) * 20 for number in range(data.draw(st.integers(0, 12)))]
    releases = data.draw(st.booleans())
    gaps = data.draw(st.lists(st.sampled_from([0.0, 0.005, 0.2]), min_size=12, max_size=12))

    def arrived() -> list[bytes]:
        link, now, found = ImpairedLink("a b"), 0.0, list[bytes]()
        link.rules = combined([impairment])
        link.seed(seed)
        for frame, gap in zip(sent, gaps, strict=False):
            link.take(frame, now)
            now += gap
            found += link.due(now)
        if releases:
            return found + link.release()
        while (moment := link.next_moment()) is not None:
            found += link.due(moment)
        return found

    found = arrived()
    assert found == arrived()  # the seed decides
    most = 2 if impairment.duplicate else 1
    counts = Counter(found)
    assert set(counts) <= set(sent)
    assert all(count <= most for count in counts.values())
    if impairment.loss == 0:
        assert set(counts) == set(sent)
    if impairment.loss == 1:
        assert found == []
    if not impairment.reorder:
        assert found == sorted(found)


@examples(100)
@given(st.binary(max_size=60), st.floats(0, 1, exclude_max=True))
def test_one_bit_behind_the_header_is_flipped(frame: bytes, place: float) -> None:
    changed = with_flipped_bit(frame, place)
    assert len(changed) == len(frame)
    assert changed[:ETHERNET_HEADER] == frame[:ETHERNET_HEADER]
    different = sum((a ^ b).bit_count() for a, b in zip(frame, changed, strict=True))
    assert different == (1 if len(frame) > ETHERNET_HEADER else 0)
