/**
  Tests of NixOS machines, on the lines of those that people write: a table of contents.

  Type: { <name> = path of a test module; }
*/
{
  browser = ./browser.nix;
  containers = ./containers.nix;
  desktop = ./desktop.nix;
  desktop-firefox = ./desktop-firefox.nix;
  instrument = ./instrument.nix;
  interactive-ssh = ./interactive-ssh.nix;
  mixed = ./mixed.nix;
  ping = ./ping.nix;
  random-network = ./random-network.nix;
  rest-interface = ./rest-interface.nix;
  service = ./service.nix;
  test-options = ./test-options.nix;
  warm = ./warm.nix;
}
