# The values of the option `compatibility`: whose meaning methods have where nixpkgs' driver and this one differ on purpose.
[
  "rehearse"
  "nixpkgs"
]
