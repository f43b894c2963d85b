"""The guide for extensions: what stands in it runs, and the script check knows it."""

import re
import tomllib
from pathlib import Path

import pytest

from test_driver.configuration import check_configuration
from test_driver.errors import ExtensionError
from test_driver.script.check import check_script

from ..conftest import HERE, Document, DriverProcess
from .conftest import Loader

GUIDE = HERE.parent.parent / "docs" / "extensions.md"


def blocks(language: str) -> list[str]:
    """Return the blocks of the guide in a language."""
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", GUIDE.read_text(), re.DOTALL)
    return found


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The package of the guide, in a folder as pip makes it."""
    project = tomllib.loads(blocks("toml")[0])["project"]
    folder = tmp_path / "packages"
    metadata = folder / "queue_tests-1.0.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\n")
    points = "".join(f"{k} = {v}\n" for k, v in project["entry-points"]["rehearse"].items())
    (metadata / "entry_points.txt").write_text(f"[rehearse]\n{points}")
    # The fake guest is this computer.
    source = blocks("python")[0].replace("/tmp/", f"{tmp_path}/queues-")
    (folder / "queue_tests.py").write_text(source)
    return folder


def test_its_extension_works(
    driver_process: DriverProcess, document: Document, package: Path
) -> None:
    del document["machines"]["two-2"]
    document["python_path"] = [str(package)]
    result = driver_process.run(blocks("python")[1])
    assert result.returncode == 0, result.stderr
    assert "waiting for 2 messages in orders" in result.stderr


def test_its_messages_are_these(
    document: Document, package: Path, tmp_path: Path, load: Loader
) -> None:
    del document["machines"]["two-2"]
    script = tmp_path / "wrong.py"
    good = blocks("python")[1]
    script.write_text(f'{good}machine.send_message("orders", 1)\n')
    extensions = load(package)
    extensions.check()
    (problem,) = check_script(script, check_configuration(document, where="unit"), extensions)
    message = problem.partition(": ")[2].partition("  [")[0]
    assert message in GUIDE.read_text().replace("\n", " ")


def test_its_message_about_a_name_that_exists_is_this(package: Path, load: Loader) -> None:
    source = blocks("python")[0].replace("def send_message", "def succeed")
    (package / "queue_tests.py").write_text(source)
    with pytest.raises(ExtensionError) as caught:
        load(package).check()
    assert str(caught.value) in GUIDE.read_text().replace("\n", " ")
