"""Which keys to press for which characters, in each layout.

Keys are named as QEMU names them (its qcodes), which are their places on a US keyboard.
"""

from dataclasses import dataclass

DEFAULT_LAYOUT = "us"

# One key per character of a row below. `less` is the key that US keyboards do not have.
_ROWS = (
    "grave_accent 1 2 3 4 5 6 7 8 9 0 minus equal".split(),
    "q w e r t y u i o p bracket_left bracket_right".split(),
    "a s d f g h j k l semicolon apostrophe backslash".split(),
    "less z x c v b n m comma dot slash".split(),
)
_SHIFT = "shift"
_ALTGR = "alt_r"
_COMMON = {" ": "spc", "\n": "ret", "\t": "tab", "\b": "backspace", "\x1b": "esc"}

Stroke = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What the keys write, row by row; a blank is a key that is left out here."""

    plain: tuple[str, str, str, str]
    shifted: tuple[str, str, str, str]
    altgr: str = ""  # pairs of the character on a key and what AltGr makes of it
    dead: str = ""  # characters that wait for the next one: a space after them makes them appear


LAYOUTS = {
    "us": Layout(
        plain=("`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", " zxcvbnm,./"),
        shifted=("~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', " ZXCVBNM<>?"),
    ),
    "de": Layout(
        plain=("^1234567890ß ", "qwertzuiopü+", "asdfghjklöä#", "<yxcvbnm,.-"),
        shifted=('°!"§$%&/()=?`', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", ">YXCVBNM;:_"),
        altgr="q@ e€ 2² 3³ 7{ 8[ 9] 0} ß\\ +~ <| mµ",
        dead="^`",
    ),
    "fr": Layout(
        # The key of ^ is dead; AltGr with the key of 9 writes it at once.
        plain=("²&é\"'(-è_çà)=", "azertyuiop $", "qsdfghjklmù*", "<wxcvbn,;:!"),
        shifted=(" 1234567890°+", "AZERTYUIOP £", "QSDFGHJKLM%µ", ">WXCVBN?./§"),
        altgr="é~ \"# '{ ([ -| è` _\\ ç^ à@ )] =} e€",
    ),
}


def strokes(text: str, layout: str) -> list[Stroke]:
    """Return the keys to press together, one after the other, to type a text.

    Raises ValueError for a layout that is not known, and for a character that it does not have.
    """
    table = _table(layout)
    pressed: list[Stroke] = []
    for character in text:
        if character not in table:
            raise ValueError(f"the keyboard layout {layout!r} has no key for {character!r}")
        pressed += table[character]
    return pressed


def combination(key: str, layout: str) -> list[Stroke]:
    """Return the keys to press for a character or a combination such as `ctrl-alt-f2`.

    A part of one character is what the layout writes; a longer one is the name of a key.
    """
    if len(key) == 1:
        return strokes(key, layout)
    stroke: list[str] = []
    for part in key.split("-"):
        if len(part) == 1:
            (first, *more) = strokes(part, layout)
            if more:
                raise ValueError(f"{part!r} in {key!r} is no single key in the layout {layout!r}")
            stroke += first
        elif part:
            stroke.append("less" if part == "<" else part)
        else:
            raise ValueError(f"{key!r} is no combination of keys; the key of '-' is `minus`")
    return [tuple(dict.fromkeys(stroke))]


def key_names(layout: str) -> dict[str, str]:
    """Return the characters whose key has another name, each with the name for `send_key`."""
    names = {character: "-".join(pressed[0]) for character, pressed in _table(layout).items()}
    return {character: name for character, name in names.items() if character != name}


def _table(name: str) -> dict[str, list[Stroke]]:
    if name not in LAYOUTS:
        known = ", ".join(LAYOUTS)
        raise ValueError(f"there is no keyboard layout {name!r}; it is one of {known}")
    layout = LAYOUTS[name]
    table: dict[str, list[Stroke]] = {}
    for keys, plain, shifted in zip(_ROWS, layout.plain, layout.shifted, strict=True):
        for key, lower, upper in zip(keys, plain, shifted, strict=True):
            table[upper] = [(_SHIFT, key)]
            table[lower] = [(key,)]
    for pair in layout.altgr.split():
        on_key, character = pair[0], pair[1]
        table.setdefault(character, [(_ALTGR, *table[on_key][0])])
    for character in layout.dead:
        table[character].append((_COMMON[" "],))
    return {**table, **{character: [(key,)] for character, key in _COMMON.items()}}
