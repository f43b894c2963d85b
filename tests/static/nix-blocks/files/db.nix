{
  name = "db";
  nodes.server.packages = [ "postgresql" ];
  testScript = ''
    server.wait_for_unit("postgresql.service")
  '';
}
