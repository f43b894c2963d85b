# A desktop: alice has Firefox there, and reads pages that another machine serves.
{
  name = "seed-desktop";
  enableOCR = true;

  nodes = {
    # [server]
    server = {
      packages = [ "nginx-light" ];
      files = {
        "/var/www/html/index.html" = "<title>Front page</title><h1>Good evening</h1>";
        "/var/www/html/weather.html" = "<title>Weather</title><h1>Rain in the morning</h1>";
      };
    };
    # [server end]

    # [desktop]
    desktop = {
      graphics = {
        session = "openbox";
        user = "alice";
        resolution = "800x600";
      };
      packages = [ "firefox-esr" ];
      users.alice = { };
      cores = 2;
      memorySize = 2048;

      # Of all users, alice has Firefox: her home folder is a copy of /etc/skel.
      setup = ''
        rm -f /usr/bin/firefox /usr/bin/firefox-esr
        mkdir -p /etc/skel/.local/bin
        ln -s /usr/lib/firefox-esr/firefox-esr /etc/skel/.local/bin/firefox
      '';

      files = {
        # What openbox starts with the session.
        "/etc/xdg/openbox/autostart" = "~/.local/bin/firefox about:blank &\n";
        # An emulated processor translates the code of Firefox' compilers again and again, and
        # draws every picture of an animation. Each further process of Firefox takes seconds. No
        # page is asked first what to do with ctrl-l, and the keys of an address go to the address
        # bar alone.
        "/etc/firefox-esr/emulated.js" = ''
          pref("javascript.options.baselinejit", false);
          pref("javascript.options.ion", false);
          pref("javascript.options.native_regexp", false);
          pref("javascript.options.wasm", false);
          pref("dom.ipc.processCount", 1);
          pref("fission.autostart", false);
          pref("permissions.default.shortcuts", 2);
          pref("accessibility.typeaheadfind.manual", false);
          pref("browser.urlbar.autoFill", false);
          pref("browser.urlbar.maxRichResults", 0);
          pref("ui.prefersReducedMotion", 1);
        '';
        # No page of the first start, and no questions.
        "/etc/firefox/policies/policies.json" = builtins.toJSON {
          policies = {
            DisableAppUpdate = true;
            DisableTelemetry = true;
            DontCheckDefaultBrowser = true;
            OverrideFirstRunPage = "";
            SearchSuggestEnabled = false;
            SkipTermsOfUse = true;
          };
        };
      };
    };
    # [desktop end]
  };

  # [script]
  testScript = ''
    from contextlib import suppress
    from test_driver.errors import WaitTimedOut

    def visit(address, title):
        # A page takes the keyboard as soon as it is loaded, and the address bar would lose it.
        def address_is_there(last):
            desktop.send_key("ctrl-l")
            desktop.send_chars(address)
            with suppress(WaitTimedOut):
                desktop.wait_for_text("http.*" + address.split("/")[-1], timeout=40)
                return True

        retry(address_is_there, timeout_seconds=130)
        desktop.send_key("ret")
        desktop.wait_for_window(title, timeout=240)

    start_all()

    with subtest("alice has Firefox, and root has not"):
        desktop.wait_for_unit("default.target")
        desktop.succeed("su - alice -c 'which firefox'")
        desktop.fail("su - root -c 'which firefox'")

    with subtest("Firefox starts with the session of alice"):
        desktop.wait_for_x()
        desktop.wait_for_window("Mozilla Firefox", timeout=600)
        desktop.wait_for_text("or enter address", timeout=240)

    with subtest("Firefox shows the page of the server"):
        server.wait_for_open_port(80)
        visit("http://server/index.html", "Front page")
        desktop.wait_for_text("Good evening")
        desktop.screenshot("front-page")

    with subtest("the address bar leads to another page"):
        visit("http://server/weather.html", "Weather")
        desktop.wait_for_text("Rain in the morning")
        desktop.screenshot("weather")
  '';
  # [script end]
}
