{ buildPythonPackage, setuptools }:
buildPythonPackage {
  pname = "queue-tests";
  version = "1.0";
  pyproject = true;
  src = ./queue-tests;
  build-system = [ setuptools ];
}
