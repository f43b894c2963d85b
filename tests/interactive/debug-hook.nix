# A run that stops at a breakpoint and after its failure.
{
  name = "interactive-debug-hook";
  acceleration = "never";
  enableDebugHook = true;
  debugHookTimeout = 900;
  nodes.machine = { };
  testScript = ''
    answer = 41
    machine.succeed("true")
    breakpoint()
    machine.succeed(f"test {answer} = 43")
  '';
}
