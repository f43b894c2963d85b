"""What the tests have in common. Each machine is a fixture of its name."""

import pytest


@pytest.fixture(scope="session")
def site(server, client):
    """The address of the web server. Each test begins with the machines as they are after this."""
    server.wait_for_open_port(80)
    client.wait_until_succeeds("curl --fail --silent http://server/")
    return "http://server/"
