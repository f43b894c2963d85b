"""Networks, under the name of their module in nixpkgs' driver."""

from .network.vlan import Vlan

VLan = Vlan

__all__ = ["VLan"]
