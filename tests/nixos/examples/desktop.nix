# A desktop: a user finds Firefox where others do not.
{
  name = "desktop";

  nodes.machine =
    { pkgs, ... }:
    {
      services.xserver = {
        enable = true;
        displayManager.gdm.enable = true;
        desktopManager.gnome.enable = true;
      };

      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "wheel" ];
        packages = [ pkgs.firefox ];
      };
    };

  testScript = ''
    machine.wait_for_unit("default.target")
    machine.succeed("su -- alice -c 'which firefox'")
    machine.fail("su -- root -c 'which firefox'")
  '';
}
