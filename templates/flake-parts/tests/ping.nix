{
  nodes = {
    machine1 = { };
    machine2 = { };
  };

  testScript = ''
    start_all()
    machine1.wait_for_unit("network.target")
    machine2.wait_for_unit("network.target")
    machine1.wait_until_succeeds("ping -c 1 machine2")
  '';
}
