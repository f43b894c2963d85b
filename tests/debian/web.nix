# The template for Debian machines: a web server on one machine, a client on another that finds it by name.
import ../../templates/debian/web.nix // { name = "debian-web"; }
