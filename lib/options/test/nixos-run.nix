# The derivation that runs a test of NixOS machines.
let
  people = what: {
    type.listOf = "anything";
    default = [ ];
    exampleText = "[ lib.${what} ]";
  };
  # nixpkgs' own description of the derivation.
  nullable = type: {
    type.nullOr = type;
    default = null;
  };
in
{
  test = {
    type = "package";
    isSet = true;
    defaultText = "set by the framework";
    description = ''
      Derivation that boots the machines and runs the script when it is built, without access to a network. Its output holds the
      log, reports, screenshots and the files that the script copied. To read its `passthru` or `meta` does not evaluate the
      machines.
    '';
  };

  rawTestDerivationArg = {
    type.functionTo = "anything";
    isSet = true;
    defaultText = "set by the framework";
    exampleText = ''finalAttrs: { name = "vm-test-run-mine"; }'';
    description = ''
      Function from the final attributes to the arguments of `stdenv.mkDerivation` that make the test's derivation.
      `overrideTestDerivation` of a test extends it.
    '';
  };

  meta = {
    type.set = {
      one = "an attribute set that describes a derivation";
      many = "attribute sets that describe derivations";
      options = {
        description = nullable "string" // {
          example = "The web server answers by IPv4 and IPv6";
          description = "Sentence that says what the test shows. `null` leaves it out.";
        };
        maintainers = people "maintainers.alice" // {
          description = "People to ask about the test.";
        };
        teams = people "teams.networking" // {
          description = "Teams to ask about the test.";
        };
        timeout = {
          type.nullOr.number = {
            unit = "seconds";
          };
          default = 3600;
          example = 7200;
          description = ''
            Seconds that a build farm gives the derivation; `null` leaves the limit to the farm. The driver's own limit is
            `globalTimeout`.
          '';
        };
        broken = {
          type = "bool";
          default = false;
          example = true;
          description = "Marks the test as known to fail, so that Nix refuses to build it.";
        };
        platforms = {
          type.listOf = "anything";
          defaultText = "`lib.platforms.linux ++ lib.platforms.darwin`";
          example = [ "x86_64-linux" ];
          description = "Systems on which the test can run.";
        };
        position = nullable "string" // {
          example = "/srv/project/test.nix:12";
          description = "File and line that define the test. `null` leaves it out.";
        };
        maintainersPosition = nullable "anything" // {
          type = "anything";
          isInternal = true;
          description = "File and line that define the maintainers. `null` leaves it out.";
        };
        teamsPosition = nullable "anything" // {
          type = "anything";
          isInternal = true;
          description = "File and line that define the teams. `null` leaves it out.";
        };
      };
    };
    default = { };
    exampleText = "{ maintainers = [ lib.maintainers.alice ]; timeout = 600; }";
    description = "Attributes that describe the derivations of the test, as `meta` of packages does. Values that are `null` are left out.";
  };
}
