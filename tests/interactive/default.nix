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
      terminal = ./terminal.py;
      inherit typist;
      inherit (test) driver driverInteractive;
    };
in
{
  prompt = session "prompt" ./prompt.py (debian.runTest (import ./prompt.nix));
  debug-hook = session "debug-hook" ./debug_hook.py (debian.runTest (import ./debug-hook.nix));
}
