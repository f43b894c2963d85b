{ config, lib, ... }:
{
  options.enableDebugHook = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Stops a failed test before its machines end, so that a person can attach to it. The driver cannot do this yet:
      a test that asks for it is refused.
    '';
  };

  config.assertions = [
    {
      assertion = !config.enableDebugHook;
      message = "`enableDebugHook`: the driver cannot stop at a failure in the sandbox yet. Run the test's `driverInteractive` instead, and call `test_script()` there.";
    }
  ];
}
