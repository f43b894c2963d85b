# What a person sees in a browser, read from the screen.
{
  name = "browser";
  enableOCR = true;

  nodes.machine =
    { pkgs, ... }:
    {
      virtualisation.memorySize = 2048;

      services.xserver = {
        enable = true;
        windowManager.icewm.enable = true;
        displayManager.lightdm.enable = true;
      };
      services.displayManager = {
        autoLogin = {
          enable = true;
          user = "alice";
        };
        defaultSession = "none+icewm";
      };
      users.users.alice = {
        isNormalUser = true;
        password = "alice";
      };

      environment.systemPackages = [ pkgs.firefox ];
      environment.etc."page.html".text = ''
        <!doctype html><title>Curtain</title><h1 style="font: 64px serif">The show begins</h1>
      '';
    };

  testScript = ''
    machine.wait_for_x()
    machine.wait_for_file("/home/alice/.Xauthority")
    machine.succeed("xauth merge /home/alice/.Xauthority")

    machine.execute("su - alice -c 'DISPLAY=:0 firefox --new-window file:///etc/page.html' >&2 &")
    machine.wait_for_window("Curtain", timeout=300)

    with subtest("the page can be read"):
        machine.wait_for_text("The show begins", timeout=300)
        machine.screenshot("page")
  '';
}
