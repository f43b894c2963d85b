{ testers }:
testers.runNixOSTest {
  name = "web";
  nodes.server.services.nginx.enable = true;
  testScript = ''
    server.wait_for_open_port(80)
  '';
}
