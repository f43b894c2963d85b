{
  name = "web";
  keepFailures = true;
  nodes = {
    server = {
      packages = [ "nginx" ];
      warmStart.condition = "nginx.service";
    };
    client = {
      packages = [ "curl" ];
      warmStart = true;
    };
  };
  testScript = ''
    start_all()
    page = client.wait_until_succeeds("curl --fail --silent http://server/")
    t.assertIn("Welcome to nginx", page)
  '';
}
