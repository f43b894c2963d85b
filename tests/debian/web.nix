# A web server on one machine, a client on another that finds it by name.
{
  name = "debian-web";
  nodes = {
    server = {
      packages = [ "nginx" ];
      files."/var/www/html/index.html" = "the curtain rises\n";
    };
    client.packages = [ "curl" ];
  };
  testScript = ''
    start_all()
    server.wait_for_unit("nginx.service")
    server.wait_for_open_port(80)
    page = client.succeed("curl --silent --show-error --fail http://server/")
    t.assertEqual(page, "the curtain rises\n")
    client.fail("curl --silent --fail http://server/missing")
  '';
}
