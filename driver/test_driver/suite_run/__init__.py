"""`rehearse test`: tests of a flake are chosen, built by Nix, judged and reported."""
