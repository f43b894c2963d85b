"""Packages with extensions, made by tests."""

from pathlib import Path

SAMPLE = Path(__file__).parent.parent / "support" / "greetings_extension"
HEADER = "from test_driver.plugins import *\n"


def make_package(
    folder: Path, module: str, source: str, *, package: str = "", entry_point: str = "own"
) -> Path:
    """Write a package with a module, whose hooks are in it. Return the folder for `python_path`."""
    package = package or f"rehearse-{module}"
    metadata = folder / f"{package.replace('-', '_')}-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n")
    value = module if "extension = " not in source else f"{module}:extension"
    (metadata / "entry_points.txt").write_text(f"[rehearse]\n{entry_point} = {value}\n")
    (folder / f"{module}.py").write_text(HEADER + source)
    return folder
