"""The keyboard and the serial console, typed on by scripts."""

import json
import threading
import time

import pytest

from test_driver.errors import MachineError
from test_driver.machine import QemuMachine, key_queue
from test_driver.screen.keyboard import LAYOUTS, combination, strokes

ASCII = "".join(map(chr, range(0x20, 0x7F))) + "\n\t"


def pressed(machine: QemuMachine) -> list[list[tuple[object, bool]]]:
    """Return the keys that a machine got: one list for each request."""
    lines = (machine.state_dir / "keys").read_text().splitlines()
    return [
        [(event["data"]["key"]["data"], event["data"]["down"]) for event in json.loads(line)]
        for line in lines
    ]


def test_keys_are_pressed_together_and_released_in_reverse(machine: QemuMachine) -> None:
    machine.send_key("ctrl-alt-f2", log=False)
    assert pressed(machine) == [
        [
            *(("ctrl", True), ("alt", True), ("f2", True)),
            *(("f2", False), ("alt", False), ("ctrl", False)),
        ]
    ]


def test_a_scan_code_is_a_number(machine: QemuMachine) -> None:
    machine.send_key("0x1c")
    assert pressed(machine) == [[(0x1C, True), (0x1C, False)]]


def test_text_is_typed_key_by_key(machine: QemuMachine) -> None:
    machine.send_chars("aB\n", delay=None)
    assert [[key for key, down in stroke if down] for stroke in pressed(machine)] == [
        ["a"],
        ["shift", "b"],
        ["ret"],
    ]


def test_keys_wait_until_the_guest_has_read_those_before(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "READ_SECONDS", 60.0)
    machine.start()
    status = machine.state_dir / "i8042"
    status.write_text("portb[0x0064] = 0x1d\r\n")
    started: list[int] = []

    def read() -> None:
        while not (machine.state_dir / "keys").exists():
            time.sleep(0.01)
        time.sleep(0.3)  # the next key would come now
        started.append(len(pressed(machine)))
        status.write_text("portb[0x0064] = 0x1c\r\n")

    reader = threading.Thread(target=read)
    reader.start()
    machine.send_chars("abc", delay=None)
    reader.join()
    assert started == [1]
    assert len(pressed(machine)) == 3


def test_keys_are_typed_to_a_guest_that_does_not_read(machine: QemuMachine) -> None:
    machine.start()
    (machine.state_dir / "i8042").write_text("portb[0x0064] = 0x1d\r\n")
    began = time.monotonic()
    machine.send_chars("abcd", delay=None)
    assert len(pressed(machine)) == 4
    assert time.monotonic() - began >= key_queue.READ_SECONDS


@pytest.mark.parametrize("answer", ["portb[0x0064] = 0xff\r\n", "unknown command: 'i'\r\n"])
def test_without_a_controller_no_key_waits(
    machine: QemuMachine, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_queue, "READ_SECONDS", 3600.0)
    machine.start()
    (machine.state_dir / "i8042").write_text(answer)
    machine.send_chars("abcd", delay=None)
    assert len(pressed(machine)) == 4


def test_the_layout_is_the_machines_unless_told(machine: QemuMachine) -> None:
    machine.keyboard_layout = "fr"
    machine.send_chars("a")
    machine.send_chars("z", layout="de")
    machine.send_key("ctrl-z", layout="de")
    assert [[key for key, down in stroke if down] for stroke in pressed(machine)] == [
        ["q"],
        ["y"],
        ["ctrl", "y"],
    ]


@pytest.mark.parametrize("layout", sorted(LAYOUTS))
def test_every_layout_has_all_of_ascii_each_on_keys_of_its_own(layout: str) -> None:
    ways = {character: tuple(strokes(character, layout)) for character in ASCII}
    assert len(set(ways.values())) == len(ASCII)


@pytest.mark.parametrize(
    ("text", "layout", "expected"),
    [
        ("_", "us", [("shift", "minus")]),
        ("|", "us", [("shift", "backslash")]),
        ("ß@|", "de", [("minus",), ("alt_r", "q"), ("alt_r", "less")]),
        ("^", "de", [("grave_accent",), ("spc",)]),
        ("`", "de", [("shift", "equal"), ("spc",)]),
        ("1é@", "fr", [("shift", "1"), ("2",), ("alt_r", "0")]),
        ("m.", "fr", [("semicolon",), ("shift", "comma")]),
    ],
)
def test_characters_are_where_the_layout_has_them(
    text: str, layout: str, expected: list[tuple[str, ...]]
) -> None:
    assert strokes(text, layout) == expected


def test_a_character_that_the_layout_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="the keyboard layout 'us' has no key for 'ß'"):
        strokes("ß", "us")


def test_an_unknown_layout_is_refused() -> None:
    with pytest.raises(ValueError, match="no keyboard layout 'dvorak'; it is one of us, de, fr"):
        strokes("a", "dvorak")


def test_a_combination_is_of_keys() -> None:
    assert combination("-", "us") == [("minus",)]
    assert combination("ctrl-minus", "us") == [("ctrl", "minus")]
    assert combination("shift-A", "us") == [("shift", "a")]
    with pytest.raises(ValueError, match="'ctrl--' is no combination of keys; the key of '-'"):
        combination("ctrl--", "us")
    with pytest.raises(ValueError, match="'`' in 'ctrl-`' is no single key in the layout 'de'"):
        combination("ctrl-`", "de")


def test_text_is_typed_on_the_serial_console(machine: QemuMachine) -> None:
    machine.send_console("whoami\n")
    machine.wait_for_console_text("^login: whoami$", timeout=20)


def test_a_console_that_nobody_reads_is_reported(
    machine: QemuMachine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("test_driver.machine.tty.WRITE_SECONDS", 0.3)
    machine.start()
    machine.send_monitor_command("stop-reading")
    expected = "machine1: cannot write to the console: nothing was read within 0.3 s"
    with pytest.raises(MachineError, match=expected):
        machine.send_console("x" * 10_000_000)
