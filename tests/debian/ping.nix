# Two machines see each other, both ways, by IPv4 and IPv6.
{
  name = "debian-ping";
  nodes = {
    machine1 = { };
    machine2 = { };
  };
  testScript = ''
    start_all()
    for source, target in ((machine1, "machine2"), (machine2, "machine1")):
        with subtest(f"{source.name} reaches {target}"):
            source.wait_until_succeeds(f"ping -4 -c 1 -W 1 {target}")
            source.wait_until_succeeds(f"ping -6 -c 1 -W 1 {target}")
  '';
}
