"""What the web server answers."""

import pytest


def test_the_page_arrives(client, site):
    assert client.succeed(f"curl --fail --silent {site}") == "good evening\n"


@pytest.mark.parametrize(
    ("path", "status"), [("", "200"), ("index.html", "200"), ("missing", "404")]
)
def test_each_path_has_its_status(client, site, path, status):
    command = "curl --silent --output /dev/null --write-out '%{http_code}'"
    assert client.succeed(f"{command} {site}{path}") == status
