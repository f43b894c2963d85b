"""Remote builders of Nix on this computer: ssh-ng on loopback, a store for each."""
