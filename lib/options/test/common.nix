# Options that every test has, whatever its machines are.
let
  kinds = import ../../shared/trouble-kinds.nix;
in
{
  testScript = {
    type = "script";
    defaultText = "none: a test has either a `testScript` or `tests`";
    exampleText = ''
      { nodes }: '''
        start_all()
        server.wait_for_open_port(80)
        client.succeed("curl --fail http://''${nodes.server.networking.primaryIPAddress}/")
      '''
    '';
    description = ''
      Python source that drives the machines, the path of a file with it, or a function to one of them. The function gets
      `{ nodes }`, the configurations of the machines by name; in a test of NixOS machines also `containers` and `debian`.
      The reference of the test script lists the methods. At the prompt, a file is read again from the checkout each time the
      script runs.
    '';
  };

  globalTimeout = {
    type.number = {
      from = 1;
      unit = "seconds";
    };
    default = 3600;
    example = 600;
    description = ''
      Seconds the whole test may take. After that the driver stops every machine and fails the test, naming the step that was
      running.
    '';
  };

  skipLint = {
    type = "bool";
    default = false;
    example = true;
    description = "Skips the linter, which finds names in the script that do not exist, unused imports and the like.";
  };

  skipTypeCheck = {
    type = "bool";
    default = false;
    example = true;
    description = "Skips the type check of the script, which finds methods that no machine has and wrong arguments.";
  };

  enableOCR = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Gives the driver what recognises text on screens, for `wait_for_text` and `get_screen_text`: tesseract, pytesseract and
      Pillow. Without the option they are left out, because they are large.
    '';
  };

  enableDebugHook = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Stops a build of the test at `breakpoint()` and after a failure, before its machines end. The log names one command,
      which root runs on the computer that builds. It opens a Python prompt inside of the build, with the machines and the
      variables of the script.
    '';
  };

  debugHookTimeout = {
    type.number = {
      from = 1;
      unit = "seconds";
    };
    default = 3600;
    example = 600;
    description = ''
      Seconds that a stop by `enableDebugHook` may last, also while somebody uses the prompt. `globalTimeout` does not run
      meanwhile; Nix' own `max-silent-time` and `timeout` do.
    '';
  };

  "sshBackdoor.enable" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Lets root log in to every machine by SSH without a password, for people who debug a test. `dump_machine_ssh()` prints
      the commands. They use vsock if the computer has `/dev/vhost-vsock` (with systemd's SSH proxy), and otherwise a port of
      the computer. Neither reaches a build in the sandbox, so set the option as `interactive.sshBackdoor.enable`.
    '';
  };

  interactive = {
    type = "testModule";
    default = { };
    isShallow = true;
    exampleText = ''
      {
        sshBackdoor.enable = true;
      }
    '';
    description = ''
      Options of the test that hold in addition when a person runs it with `driverInteractive`. Sets are merged, lists are
      joined, any other value replaces the one of the test. Give machines tools here that the test itself must not have.
    '';
  };

  acceleration = {
    type.enum = [
      "prefer"
      "require"
      "never"
    ];
    default = "prefer";
    defaultText = "`\"prefer\"`; in a test of NixOS machines `\"require\"` if `virtualisation.qemu.forceAccel` is true for one of the `nodes`";
    example = "never";
    description = ''
      Whether QEMU uses KVM. `"prefer"` uses KVM if a kernel boots under it, and emulates otherwise. `"require"` fails the test
      without KVM. `"never"` emulates, and lets computers without KVM build the test. It also decides what runs Debian nodes with
      `backend = "auto"`: QEMU if that uses KVM, otherwise a container. Tests whose machines are all containers do not try KVM.
    '';
  };

  keepFailures = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Keeps a failed run in the store with its report, as a passed one, so that Nix does not repeat the run until something
      changes. The test is then a small derivation that reads the result of its `report`. Recommended for flake checks: a test
      and its report then run the machines once and not twice. An error of the infrastructure is not kept.
    '';
  };

  flaky = {
    type.nullOr.set = {
      one = "an attribute set that says why a test is flaky";
      many = "attribute sets that say why tests are flaky";
      options = {
        reason = {
          type.matching = {
            pattern = "[[:space:]]*[^[:space:]].*";
            one = "a text that is not empty";
            many = "texts that are not empty";
          };
          required = true;
          example = "the server answers late after a failover, issue 7";
          description = "Why the test is flaky. The log of the test and the page of a suite show it.";
        };
        until = {
          type.matching = {
            # Months of 31 days, of 30, and February.
            pattern = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))";
            one = "a date in the form YYYY-MM-DD";
            many = "dates in the form YYYY-MM-DD";
          };
          required = true;
          example = "2027-01-31";
          description = ''
            Last day on which the test may be flaky, in the form YYYY-MM-DD, in UTC. After it, a run of the test is refused with exit
            status 2, by the clock of the computer that builds. A pass that is in the store stays there.
          '';
        };
        retries = {
          type.number = {
            from = 1;
            to = 100;
            one = "a number of retries";
            many = "numbers of retries";
          };
          default = 2;
          example = 4;
          description = "How often the test may be run again after a failure.";
        };
      };
    };
    default = null;
    example = {
      reason = "the server answers late after a failover, issue 7";
      until = "2027-01-31";
    };
    description = ''
      Marks a test that is known to fail at times. After a failure it is run again, and it passes if one run passes; a suite shows
      it as flaky then. Each run is a derivation of its own, and a failure is kept in the store as with `keepFailures`. The runs of
      `repeat` are judged one by one, and none is run again.
    '';
  };

  failOn = {
    type.listOf.enum = builtins.attrNames kinds;
    default = [ ];
    example = [
      "kernel-oops"
      "failed-unit"
    ];
    description = ''
      Kinds of trouble in machines that fail the test. The results list trouble of all kinds. Trouble that the script expects by
      `machine.expect_crash(kind)` fails nothing. The kinds are:

      ${builtins.concatStringsSep "" (map (kind: "- `${kind}`: ${kinds.${kind}}\n") (builtins.attrNames kinds))}
    '';
  };

  compatibility = {
    type.enum = [
      "rehearse"
      "nixpkgs"
    ];
    default = "rehearse";
    example = "nixpkgs";
    description = ''
      Whose meaning methods of machines have where two drivers differ on purpose. `"rehearse"` is what this project's
      documentation says. `"nixpkgs"` is what nixpkgs' driver does, for example in default time limits, in waits for inactive
      units, and in the output of background processes. `docs/nixos-nodes.md` lists all differences.

      Tests that come through the overlay, `lib.testers` or `lib/testing-python.nix` have `"nixpkgs"` by default.
    '';
  };

  extraDriverArgs = {
    type.listOf = "string";
    default = [ ];
    example = [ "--keep-machine-state" ];
    description = "Further arguments for the driver, one string each.";
  };

  passthru = {
    type.lazyAttrsOf = "anything";
    default = { };
    exampleText = "{ inherit package; }";
    description = ''
      Attributes that the test's derivations have in addition. XX
    '';
  };
}
// import ./pytest.nix
