# An instrument that is simulated, and the program that reads it: values come late, and the script asks again.
let
  # Answers `value` with a voltage that rises to what `set NUMBER` asked for, a tenth a second.
  simulator = ''
    import socketserver
    import threading
    import time

    state = {"set": 0.0, "value": 0.0}

    def follow():
        while True:
            time.sleep(0.1)
            missing = state["set"] - state["value"]
            state["value"] += max(-0.1, min(0.1, missing))

    class Instrument(socketserver.StreamRequestHandler):
        def handle(self):
            for line in self.rfile:
                name, *values = line.decode().split()
                if name == "set":
                    state["set"] = float(values[0])
                self.wfile.write(f"{state['value']:.1f}\n".encode())

    threading.Thread(target=follow, daemon=True).start()
    with socketserver.ThreadingTCPServer(("", 9999), Instrument) as server:
        server.serve_forever()
  '';
in
{
  name = "instrument";

  nodes = {
    instrument =
      { pkgs, ... }:
      {
        networking.firewall.allowedTCPPorts = [ 9999 ];
        systemd.services.simulator = {
          description = "Power supply that is simulated";
          wantedBy = [ "multi-user.target" ];
          serviceConfig.ExecStart = "${pkgs.python3}/bin/python3 ${pkgs.writeText "simulator.py" simulator}";
        };
      };

    reader =
      { pkgs, ... }:
      {
        environment.systemPackages = [
          (pkgs.writeShellScriptBin "instrument" ''
            exec 3<>/dev/tcp/instrument/9999
            echo "$@" >&3
            read -r answer <&3
            echo "$answer"
          '')
        ];
      };
  };

  testScript = ''
    start_all()

    with subtest("the services run"):
        instrument.wait_for_unit("simulator.service")
        instrument.wait_for_open_port(9999)
        reader.wait_for_unit("multi-user.target")

    with subtest("the voltage is zero at first"):
        t.assertEqual(reader.succeed("instrument value").strip(), "0.0")

    with subtest("the voltage follows"):
        reader.succeed("instrument set 1.5")

        def is_reached(last: bool) -> bool:
            value = float(reader.succeed("instrument value"))
            if last:
                reader.log(f"the last voltage was {value}")
            return value == 1.5

        retry(is_reached, timeout=60)

    with subtest("the simulator can be started anew"):
        instrument.systemctl("restart simulator.service")
        instrument.wait_for_open_port(9999)
        reader.wait_until_succeeds("instrument value | grep --fixed-strings 0.0", timeout=60)
  '';
}
