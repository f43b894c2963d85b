# Write the driver's configuration and the script into the folder $1, and set $files_flags to the arguments, quoted for the
# shell, by which the driver finds them. $scriptSource is the file that the script was written in, if it is one of its own.
write_test_files() {
  cp "$testScriptPath" "$1/test-script.py"
  cp "$configurationPath" "$1/configuration.json"
  files_flags="--config '$1/configuration.json' --test-script '$1/test-script.py'"
  [ -z "${scriptSource:-}" ] || files_flags="$files_flags --test-script-source $(quoted "$scriptSource")"
}

quoted() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }
