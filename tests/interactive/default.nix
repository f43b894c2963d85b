/**
  Sessions of a person, at a real terminal, with real machines: a Python program types, and reads what the screen shows.

  Type: { debian } -> { <session> = derivation; }
*/
{ debian }:
let
  session =
    name: typist: test:
    debian.build {
      name = "interactive-${name}";
      script = ./session.sh;
      library = ../static/with-shell.sh;
      tools = debian.tools.development;
      parts = [
        ./held_things.py
        ./terminal.py
      ];
      inherit typist;
      inherit (test) driver driverInteractive;
    };
in
{
  prompt = session "prompt" ./prompt.py (debian.runTest (import ./prompt.nix));
  side-by-side = session "side-by-side" ./side_by_side.py (debian.runTest (import ./side_by_side.nix));
  debug-hook = session "debug-hook" ./debug_hook.py (debian.runTest (import ./debug-hook.nix));
}
