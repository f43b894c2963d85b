# Write the driver's configuration and the script into the folder $1, from what Nix handed over.
write_test_files() {
  cp "$testScriptPath" "$1/test-script.py"
  sed "s|@test_script@|$1/test-script.py|" "$configurationPath" >"$1/configuration.json"
}
