{
  name = "web";
  nodes.server.packages = [ "nginx" ];
  testScript = ''
    server.wait_for_open_port(80)
  '';
}
