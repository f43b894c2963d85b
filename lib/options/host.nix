# Options of the NixOS module for hosts that run tests, below `services.rehearse-admission`.
{
  "services.rehearse-admission.enable" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Whether a daemon hands out memory and processors of this host to the tests that Nix builds here. Builds reach its socket through
      `nix.settings.extra-sandbox-paths`.
    '';
  };

  "services.rehearse-admission.memory" = {
    required = true;
    type.number = {
      from = 1;
      unit = "MiB";
    };
    example = 24576;
    description = "MiB of memory for the machines of all tests that run at the same time. Leave some to the host and to other builds.";
  };

  "services.rehearse-admission.cores" = {
    required = true;
    type.number = {
      from = 1;
      unit = "processors";
    };
    example = 16;
    description = ''
      Processors for the machines of all tests that run at the same time. A test whose machines have more waits for all of them. More
      than the host has let tests share processors.
    '';
  };

  "services.rehearse-admission.package" = {
    type = "package";
    defaultText = "the driver, with the packages of the host";
    exampleText = "inputs.rehearse.packages.x86_64-linux.test-driver";
    description = "Package with `bin/rehearse`, the program that is the daemon.";
  };
}
