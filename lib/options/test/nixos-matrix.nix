# One test for each combination of choices.
{
  matrix = {
    type.lazyAttrsOf.set = {
      one = "a decision";
      many = "decisions";
      options = {
        after = {
          type.listOf = "string";
          default = [ ];
          example = [ "backend" ];
          description = ''
            Decisions that are made before this one. Their names are arguments here: `enable` and the choices may depend on
            them. Decisions that do not depend on each other are made in alphabetical order.
          '';
        };
        enable = {
          type = "bool";
          default = true;
          exampleText = ''backend == "postgresql"'';
          description = "Makes the decision. With `false` the decision is not made: its choices change nothing.";
        };
        choice = {
          type.lazyAttrsOf.set = {
            one = "a choice";
            many = "choices";
            options = {
              enable = {
                type = "bool";
                default = true;
                exampleText = ''backend != "smtp"'';
                description = "Keeps the choice. With `false` the choice makes no test.";
              };
              module = {
                type = "testModule";
                default = { };
                isShallow = true;
                example.defaults.services.openssh.enable = true;
                description = "Options of the test that hold when this choice is made.";
              };
            };
          };
          default = { };
          exampleText = "{ ext4.module = { ... }; xfs.module = { ... }; }";
          description = ''
            Outcomes of the decision by name. Each makes a test in which the name of the decision is an argument of modules,
            with the name of the choice as its value.
          '';
        };
      };
    };
    default = { };
    exampleText = ''
      {
        filesystem.choice.ext4.module = { };
        filesystem.choice.xfs.module.defaults.virtualisation.fileSystems."/".fsType = "xfs";
      }
    '';
    description = ''
      Decisions of which the test is made in all combinations. The result is a tree of tests: an attribute
      `<decision>-<choice>` for each choice, and below it the decisions that are left.
    '';
  };

  minimalResult = {
    type = "bool";
    default = false;
    example = true;
    description = "Leaves `extend` out of the tree that a `matrix` makes, for build farms that walk the tree.";
  };

  params = {
    type.lazyAttrsOf = "anything";
    default = { };
    example.version = 15;
    description = ''
      Values for use in the test's modules, where they are the argument `params`: a place for values that a caller, or a choice
      of the `matrix`, decides.
    '';
  };
}
