# A web server, and a client that finds it by its name.
{
  name = "web";

  nodes = {
    server = {
      packages = [ "nginx" ];
      files."/var/www/html/index.html" = "good evening\n";
    };
    client.packages = [ "curl" ];
  };

  testScript = ''
    start_all()
    server.wait_for_unit("nginx.service")
    server.wait_for_open_port(80)
    page = client.succeed("curl --silent --show-error --fail http://server/")
    t.assertEqual(page, "good evening\n")
  '';
}
