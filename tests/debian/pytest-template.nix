# The template of pytest, with a derivation for each of its files.
import ../../templates/pytest/web.nix
// {
  name = "debian-pytest-template";
  pytest.split = "file";
}
