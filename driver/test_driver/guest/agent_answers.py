"""What the guest agent answers, checked: a guest may say anything."""

from collections.abc import Mapping

# The fields that the driver reads.
_FIELDS: Mapping[str, Mapping[str, type]] = {
    "guest-exec": {"pid": int},
    "guest-exec-status": {"exited": bool},
    "guest-file-read": {"count": int, "buf-b64": str, "eof": bool},
    "guest-file-write": {"count": int},
}
_HANDLES = ("guest-file-open",)


def fault_of(command: str, answer: object) -> str:
    """Return what is wrong with an answer to a command; nothing if it can be used."""
    if command in _HANDLES:
        return "" if _is(answer, int) else "it is no number"
    fields = _FIELDS.get(command)
    if fields is None:
        return ""
    if not isinstance(answer, dict):
        return "it is no object"
    for field, kind in fields.items():
        if not _is(answer.get(field), kind):
            return f"`{field}` is missing, or of a wrong type"
    if command == "guest-exec-status" and answer["exited"]:
        code = answer.get("signal", answer.get("exitcode"))
        return "" if _is(code, int) else "neither `exitcode` nor `signal` is a number"
    if command == "guest-file-read":
        text = answer["buf-b64"]
        return "" if text.isascii() and len(text) % 4 == 0 else "`buf-b64` is no base64"
    return ""


def _is(value: object, kind: type) -> bool:
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))
