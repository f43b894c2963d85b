# What would make a test be run again although nothing that it tests has changed, or cost time for nothing.
{ lib, ... }:
{
  documentation.nixos.enable = false;

  # A commit to nixpkgs is no reason. The release number stays: modules look at it.
  system.nixos = {
    revision = lib.mkForce "constant-nixos-revision";
    versionSuffix = lib.mkForce "test";
    label = lib.mkForce "test";
  };
  system.stateVersion = lib.mkOverride 1200 lib.trivial.release;

  services.logrotate.enable = lib.mkOverride 150 false;
}
