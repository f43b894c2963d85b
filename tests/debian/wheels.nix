# A wheel that a test brings along, with one that it depends on. The machine is never started.
{
  name = "wheels";
  globalTimeout = 60;
  extraPythonPackages = [ "stamina" ];
  nodes.machine = { };
  testScript = ''
    from importlib.metadata import distribution

    import stamina

    stamina.set_testing(True, attempts=3)
    tries: list[str] = []


    @stamina.retry(on=ConnectionError)
    def third_time() -> str:
        tries.append("try")
        if len(tries) < 3:
            raise ConnectionError("not yet")
        return "connected"


    # The type check knows what the wheel's decorator returns.
    answer: str = third_time()
    assert (answer, len(tries)) == ("connected", 3)
    # Both are the wheels', not something of this host.
    for name in ("stamina", "tenacity"):
        folder = str(distribution(name).locate_file(name))
        assert "-python-wheel-modules/" in folder, folder
  '';
}
