"""What the client sees when something fails. No test has to clean up after itself."""


def test_a_server_that_is_stopped_refuses(server, client, site):
    server.succeed("systemctl stop nginx.service")
    client.fail(f"curl --fail --silent {site}")


def test_pages_that_are_gone_are_not_found(server, client, site):
    server.succeed("rm -r /var/www/html")
    client.fail(f"curl --fail --silent {site}")


def test_a_partition_ends(server, client, network, site):
    with network.partition([server], [client]):
        client.fail(f"curl --fail --silent --max-time 2 {site}")
    client.wait_until_succeeds(f"curl --fail --silent --max-time 2 {site}")
