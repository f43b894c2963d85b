/**
  The tesseract that reads text on screens, with English alone.

  Type: hostPkgs -> derivation
*/
hostPkgs:
(hostPkgs.tesseract5 or hostPkgs.tesseract4).override { enableLanguages = [ "eng" ]; }
