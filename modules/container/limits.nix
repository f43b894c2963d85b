# What cannot be in a container that runs in a build.
{
  config,
  lib,
  options,
  pkgs,
  ...
}:
let
  inherit (config.testing) warmStart;
  inherit (config.virtualisation.test) nodeName;
  nspawn = config.virtualisation.systemd-nspawn.package;
  # The first with `systemd-nspawn --console`.
  leastVersion = "242";
  version = lib.getVersion nspawn;
  permit = kind: "${kind} sufficient ${pkgs.linux-pam}/lib/security/pam_permit.so\n";
in
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).container {
    "testing.warmStart" = { };
  };

  config.boot =
    if options.boot ? isNspawnContainer then { isNspawnContainer = true; } else { isContainer = true; };

  config.assertions = [
    {
      assertion = warmStart.enable or warmStart == false;
      message = "rehearse: `containers.${nodeName}`: testing.warmStart: a container cannot be saved, and starts in a second. Set the option for `nodes`, in `nodeDefaults` if it stands in `defaults`.";
    }
    {
      assertion = version == "" || lib.versionAtLeast version leastVersion;
      message = "rehearse: `containers.${nodeName}`: virtualisation.systemd-nspawn.package: it is systemd ${version}, and containers of a test take ${leastVersion} or newer. Use a newer `pkgs.systemd`.";
    }
    {
      assertion = config.specialisation == { };
      message = "`specialisation` cannot be used in `containers` of a test: to switch to one makes set-user-ID programs, which the Nix sandbox refuses. Make the machine one of `nodes`.";
    }
  ];

  # What is set-user-ID has no effect, and PAM's helper of passwords is.
  config.services.openssh.settings.UsePAM = false;
  config.security.pam.services.login.text = lib.concatMapStrings permit [
    "auth"
    "account"
    "password"
    "session"
  ];

  # Making the index of manuals takes a program that minimal systems do not have.
  config.documentation.info.enable = lib.mkDefault false;

  config.networking = {
    # There is nobody to ask for addresses or names.
    useDHCP = lib.mkOverride 900 false;
    useHostResolvConf = lib.mkOverride 900 false;
  };
}
