# Firefox starts when a user logs in to GNOME under Wayland. The desktop itself says which window has the focus.
{
  name = "desktop-firefox";

  nodes.machine =
    { pkgs, ... }:
    {
      boot.loader.systemd-boot.enable = true;
      boot.loader.efi.canTouchEfiVariables = true;

      services.xserver.enable = true;
      services.xserver.displayManager.gdm.enable = true;
      services.xserver.desktopManager.gnome.enable = true;
      services.xserver.displayManager.autoLogin.enable = true;
      services.xserver.displayManager.autoLogin.user = "alice";

      users.users.alice = {
        isNormalUser = true;
        extraGroups = [ "wheel" ];
        # The script finds the bus of this user by the number.
        uid = 1000;
        packages = [
          pkgs.firefox
          pkgs.thunderbird
        ];
      };

      system.stateVersion = "22.05";

      environment.systemPackages = [
        (pkgs.makeAutostartItem {
          name = "firefox";
          package = pkgs.firefox;
        })
      ];

      systemd.user.services = {
        "org.gnome.Shell@" = {
          serviceConfig = {
            ExecStart = [
              # An empty entry removes the command that the unit has already.
              ""
              # Only in this mode does the shell evaluate what the script asks.
              "${pkgs.gnome-shell}/bin/gnome-shell --unsafe-mode"
            ];
          };
        };
      };
    };

  testScript =
    { nodes, ... }:
    let
      alice = nodes.machine.config.users.users.alice;
      bus = "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/${toString alice.uid}/bus";
      asAlice = command: "su - ${alice.name} -c '${bus} ${command}'";
      evaluate = "gdbus call --session -d org.gnome.Shell -o /org/gnome/Shell -m org.gnome.Shell.Eval";
      focusedWindow = asAlice "${evaluate} global.display.focus_window.wm_class";
    in
    ''
      machine.wait_until_succeeds("${focusedWindow} | grep -q 'firefox'")
      # The window has the focus before its page is painted.
      machine.sleep(20)
      machine.screenshot("screen")
    '';
}
