{
  name = "ping";
  keepFailures = true;
  nodes = {
    one = { };
    two = { };
  };
  testScript = ''
    start_all()
    one.wait_until_succeeds("ping -c 1 -W 1 two")
  '';
}
