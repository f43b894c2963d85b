{ lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options.meta = mkOption {
    type = types.submodule {
      options = {
        description = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "The web server answers by IPv4 and IPv6";
          description = "Says in a sentence what the test shows. `null` leaves it out.";
        };
        maintainers = mkOption {
          type = types.listOf types.raw;
          default = [ ];
          example = lib.literalExpression "[ lib.maintainers.alice ]";
          description = "Names the people to ask about the test.";
        };
        teams = mkOption {
          type = types.listOf types.raw;
          default = [ ];
          example = lib.literalExpression "[ lib.teams.networking ]";
          description = "Names the teams to ask about the test.";
        };
        timeout = mkOption {
          type = types.nullOr types.int;
          default = 3600;
          example = 7200;
          description = ''
            Seconds that a build farm gives the derivation; `null` leaves it to the farm. The driver's own limit is
            {option}`globalTimeout`.
          '';
        };
        broken = mkOption {
          type = types.bool;
          default = false;
          example = true;
          description = "Marks the test as known to fail, so that Nix refuses to build it.";
        };
        platforms = mkOption {
          type = types.listOf types.raw;
          default = lib.platforms.linux ++ lib.platforms.darwin;
          defaultText = lib.literalExpression "lib.platforms.linux ++ lib.platforms.darwin";
          example = [ "x86_64-linux" ];
          description = "Lists the systems on which the test can run.";
        };
        position = mkOption {
          type = types.nullOr types.str;
          default = null;
          example = "/srv/project/test.nix:12";
          description = "Says where the test is defined, as file and line. `null` leaves it out.";
        };
        maintainersPosition = mkOption {
          type = types.raw;
          default = null;
          internal = true;
          description = "Says where the maintainers are defined. `null` leaves it out.";
        };
        teamsPosition = mkOption {
          type = types.raw;
          default = null;
          internal = true;
          description = "Says where the teams are defined. `null` leaves it out.";
        };
      };
    };
    default = { };
    apply = lib.filterAttrs (_: value: value != null);
    example = lib.literalExpression "{ maintainers = [ lib.maintainers.alice ]; timeout = 600; }";
    description = "Describes the derivations of the test, as `meta` of packages does. What is `null` is left out.";
  };
}
