# What cannot be in a container that runs in a build.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  permit = kind: "${kind} sufficient ${pkgs.linux-pam}/lib/security/pam_permit.so\n";
in
{
  boot =
    if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };

  assertions = [
    {
      assertion = config.specialisation == { };
      message = "`specialisation` cannot be used in `containers` of a test: to switch to one makes set-user-ID programs, which the Nix sandbox refuses. Make the machine one of `nodes`.";
    }
  ];

  # What is set-user-ID has no effect, and PAM's helper of passwords is.
  services.openssh.settings.UsePAM = false;
  security.pam.services.login.text = lib.concatMapStrings permit [
    "account"
    "auth"
    "password"
    "session"
  ];

  networking = {
    # There is nobody to ask for addresses or names.
    useDHCP = lib.mkOverride 900 false;
    useHostResolvConf = lib.mkOverride 900 false;
  };
}
