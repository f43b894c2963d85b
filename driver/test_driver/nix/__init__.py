"""How programs of this project use Nix: evaluation, builds, builders, the structured log."""
