#!/usr/bin/python3 -IS
"""caget, caput and caRepeater, made from EPICS' own client library. The name says which it is.

caget [-t] PV...      print the values; -t without the names
caput [-t] PV VALUE   write a value, and print the one before and the one after
caRepeater            the daemon that the library looks for when a client starts
"""

import ctypes
import os
import sys

NORMAL, STRING = 1, 0
SECONDS = 10.0  # how long PVs may take to be found: an emulated machine can be slow

CA = ctypes.CDLL("libca.so")
CA.ca_pend_io.argtypes = [ctypes.c_double]
CA.ca_pend_event.argtypes = [ctypes.c_double]
CA.ca_message.restype = ctypes.c_char_p
CA.ca_array_get.argtypes = [ctypes.c_long, ctypes.c_ulong, ctypes.c_void_p, ctypes.c_void_p]


class Done(ctypes.Structure):
    """What the library says when a value was written: `struct event_handler_args`."""

    _fields_ = (
        ("user", ctypes.c_void_p),
        ("channel", ctypes.c_void_p),
        ("type", ctypes.c_long),
        ("count", ctypes.c_long),
        ("value", ctypes.c_void_p),
        ("status", ctypes.c_int),
    )


WhenDone = ctypes.CFUNCTYPE(None, Done)
CA.ca_array_put_callback.argtypes = [
    *CA.ca_array_get.argtypes,
    WhenDone,
    ctypes.c_void_p,
]


def check(status: int, what: str) -> None:
    """End the program if the library reports an error."""
    if status != NORMAL:
        sys.exit(f"{what}: {CA.ca_message(status).decode()}")


def connect(names: list[str]) -> list[ctypes.c_void_p]:
    """Return the channels of PVs; end the program if one is not found."""
    channels = []
    for name in names:
        channel = ctypes.c_void_p()
        status = CA.ca_create_channel(name.encode(), None, None, 0, ctypes.byref(channel))
        check(status, name)
        channels.append(channel)
    if CA.ca_pend_io(SECONDS) != NORMAL:
        connected = 2  # enum channel_state
        missing = [
            name
            for name, channel in zip(names, channels, strict=True)
            if CA.ca_state(channel) != connected
        ]
        sys.exit(f"Channel connect timed out: '{' '.join(missing)}' not found.")
    return channels


def get(channel: ctypes.c_void_p, name: str) -> str:
    """Return the value of a PV as text."""
    text = ctypes.create_string_buffer(40)
    check(CA.ca_array_get(STRING, 1, channel, text), name)
    check(CA.ca_pend_io(SECONDS), name)
    return text.value.decode()


def put(channel: ctypes.c_void_p, name: str, value: str) -> None:
    """Write a value, and wait until the record is processed."""
    ended: list[int] = []
    when_done = WhenDone(lambda done: ended.append(done.status))
    text = ctypes.create_string_buffer(value.encode(), 40)
    check(CA.ca_array_put_callback(STRING, 1, channel, text, when_done, None), name)
    for _ in range(500):
        CA.ca_pend_event(0.01)
        if ended:
            check(ended[0], name)
            return
    sys.exit(f"{name}: write operation timed out")


def main() -> None:
    """Be the program that the name says."""
    program = os.path.basename(sys.argv[0])
    if program == "caRepeater":
        CA.caRepeaterThread(None)
        return
    is_put = program == "caput"
    is_terse = sys.argv[1:2] == ["-t"]
    given = sys.argv[2 if is_terse else 1 :]
    if not given or (is_put and len(given) != 2):
        sys.exit(f"usage: {program} [-t] {'PV VALUE' if is_put else 'PV...'}")
    names = given[:1] if is_put else given

    def show(what: str, name: str, value: str) -> None:
        print(value if is_terse else f"{what}{name:30} {value}")

    check(CA.ca_context_create(0), "ca_context_create")
    channels = connect(names)
    for channel, name in zip(channels, names, strict=True):
        show("Old : " if is_put else "", name, get(channel, name))
        if is_put:
            put(channel, name, given[1])
            show("New : ", name, get(channel, name))
    CA.ca_context_destroy()


if __name__ == "__main__":
    main()
