# Write the driver's configuration and the script, if there is one, into the folder $1, and set $files_flags to the arguments,
# quoted for the shell, by which the driver finds them. $scriptSource is the file that the script was written in, if it is one of
# its own. Instead of a script, $testsFolder has tests of pytest, and $testsFlags are the arguments for these. A testbed has
# neither.
write_test_files() {
  cp "$configurationPath" "$1/configuration.json"
  files_flags="--config '$1/configuration.json'"
  if [ -n "${testsFolder:-}" ]; then
    files_flags="$files_flags --tests '$testsFolder' $testsFlags"
  elif [ -n "${testScriptPath:-}" ]; then
    cp "$testScriptPath" "$1/test-script.py"
    files_flags="$files_flags --test-script '$1/test-script.py'"
    [ -z "${scriptSource:-}" ] || files_flags="$files_flags --test-script-source $(quoted "$scriptSource")"
  fi
}

quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
