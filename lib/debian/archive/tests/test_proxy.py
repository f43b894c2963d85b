"""Proxies: apt's for the mirror, else the environment's."""

from __future__ import annotations

from pathlib import Path

import pytest

from debian_archive.proxy import find_proxies

MIRROR = "http://mirror.invalid/debian"


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def apt_settings(programs: Path, program_path: str) -> Path:
    """What `apt-config dump` prints."""
    settings = programs / "settings"
    settings.write_text("")
    program = programs / "apt-config"
    program.write_text(
        f"#!{program_path}\nimport sys\nsys.stdout.write(open({str(settings)!r}).read())\n"
    )
    program.chmod(0o755)
    return settings


def test_without_anything_there_is_none(apt_settings: Path) -> None:
    assert find_proxies(MIRROR) == {}


def test_apts_proxy_goes_before_the_environments(
    apt_settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://environment.invalid")
    assert find_proxies(MIRROR) == {"http": "http://environment.invalid"}
    apt_settings.write_text('Acquire::http "";\nAcquire::http::Proxy "http://apt.invalid:3142";\n')
    assert find_proxies(MIRROR) == {"http": "http://apt.invalid:3142"}


def test_a_proxy_for_the_host_goes_first(apt_settings: Path) -> None:
    apt_settings.write_text(
        'Acquire::http::Proxy "http://all.invalid";\n'
        'Acquire::http::Proxy::mirror.invalid "http://one.invalid";\n'
    )
    assert find_proxies(MIRROR) == {"http": "http://one.invalid"}
    assert find_proxies("http://other.invalid/debian") == {"http": "http://all.invalid"}


def test_direct_is_no_proxy(apt_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://environment.invalid")
    apt_settings.write_text('Acquire::http::Proxy::mirror.invalid "DIRECT";\n')
    assert find_proxies(MIRROR) == {}


def test_without_apt_the_environment_is_taken(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://environment.invalid")
    assert find_proxies("https://mirror.invalid") == {"https": "http://environment.invalid"}
