"""Keys and signatures (Ed25519), made by openssl."""

import base64
import json
import subprocess
import tempfile
from pathlib import Path

# What stands before the 32 bytes of a public key in its DER form.
DER_HEAD = bytes.fromhex("302a300506032b6570032100")


def make_key(path: Path) -> str:
    """Write a new private key; return its public key in hexadecimal."""
    public = path.with_suffix(".pub")
    _openssl("genpkey", "-algorithm", "ed25519", "-out", str(path), "-outpubkey", str(public))
    lines = public.read_text().splitlines()
    public.unlink()
    return base64.b64decode("".join(lines[1:-1])).removeprefix(DER_HEAD).hex()


def public_key(private_key: Path) -> str:
    """Return the public key of a private key in hexadecimal."""
    der = _openssl("pkey", "-in", str(private_key), "-pubout", "-outform", "DER")
    return der.removeprefix(DER_HEAD).hex()


def signed(request: dict[str, str], private_key: Path) -> dict[str, str]:
    """Return a request with the signature of the key's owner."""
    with tempfile.NamedTemporaryFile() as file:
        file.write(_text(request))
        file.flush()
        options = ["-rawin", "-inkey", str(private_key), "-in", file.name]
        signature = _openssl("pkeyutl", "-sign", *options)
    return {**request, "signature": signature.hex()}


def is_signed(request: dict[str, str]) -> bool:
    """Tell whether the owner of the request's `public_key` has signed it."""
    unsigned = {name: value for name, value in request.items() if name != "signature"}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "key").write_bytes(DER_HEAD + bytes.fromhex(request["public_key"]))
        (folder / "signature").write_bytes(bytes.fromhex(request["signature"]))
        (folder / "text").write_bytes(_text(unsigned))
        command = ["openssl", "pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER"]
        command += ["-inkey", "key", "-sigfile", "signature", "-in", "text"]
        ended = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, check=False)
    return ended.returncode == 0


def _text(request: dict[str, str]) -> bytes:
    return json.dumps(request, sort_keys=True).encode()


def _openssl(*arguments: str) -> bytes:
    return subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, check=True).stdout
