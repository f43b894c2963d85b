# The driver of a test of NixOS machines, and what it needs of the computer.
let
  feature = defaultText: description: {
    type = "bool";
    inherit defaultText description;
    example = false;
  };
in
{
  "qemu.package" = {
    type = "package";
    defaultText = "`hostPkgs.qemu_test`";
    exampleText = "hostPkgs.qemu";
    description = "QEMU that runs the `nodes`.";
  };

  "qemu.forceAccel" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Fails the test if machines would have to be emulated, as `acceleration = "require"` does. It is the default of
      `virtualisation.qemu.forceAccel` in all `nodes`.
    '';
  };

  extraPythonPackages = {
    type.functionTo.listOf = "package";
    defaultText = "`_: [ ]`";
    exampleText = "p: [ p.backoff ]";
    description = ''
      Python packages that the script can import, and that may extend the driver: a function from a set like `python3Packages` to a
      list.
    '';
  };

  logLevel = {
    type.enum = [
      "debug"
      "info"
      "warning"
      "error"
    ];
    default = "info";
    example = "warning";
    description = ''
      Lowest level of messages that the driver's log shows. The environment variable `logLevel` does not change it.
    '';
  };

  pythonTestDriverPackage = {
    type = "package";
    isSet = true;
    isReadOnly = true;
    defaultText = "the driver of this project, for `hostPkgs`";
    description = "Package of the driver, without a test in it.";
  };

  driver = {
    type = "package";
    isSet = true;
    defaultText = "set by the framework";
    description = "Package with `bin/nixos-test-driver`, which runs this test when called.";
  };

  requiredFeatures = {
    type.set = {
      one = "an attribute set of values true or false";
      many = "attribute sets of values true or false";
      others = "bool";
      options = {
        nixos-test = feature "`true`" "Requires a builder that runs tests of machines.";
        kvm = feature "`true` on Linux, if the test has machines in QEMU and `acceleration` is not `\"never\"`" "Requires KVM.";
        apple-virt = feature "`true` on Darwin, if the test has machines in QEMU and `acceleration` is not `\"never\"`" "Requires Apple's hypervisor.";
        uid-range = feature "`true` if the test has `containers`" "Requires a range of user ids in the build. Root starts containers, and they have users of their own.";
        devnet = feature "`true` if the test has `nodes` and `containers`" "Requires `/dev/net/tun` in the build, which connects containers to the networks of machines in QEMU.";
      };
    };
    default = { };
    example = {
      cuda = true;
      kvm = false;
    };
    description = ''
      Whether a builder must have a system feature to run the test, by the name of the feature. Any name is accepted besides those
      below, which have defaults.
    '';
  };

  requiredSystemFeatures = {
    type.listOf = "string";
    defaultText = "the names that are true in `requiredFeatures`";
    example = [ "nixos-test" ];
    description = ''
      System features that a builder must have to run the test. A definition replaces the whole list, and `requiredFeatures` has no
      effect then.
    '';
  };
}
