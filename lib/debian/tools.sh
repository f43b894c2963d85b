# Unpack $debs into $out and put a wrapper for every program into $out/bin.
# $verify: command lines that must run; a tree in which they do not is no result.
mkdir -p "$out/bin"
for deb in $debs; do
  ar p "$deb" data.tar.xz | tar -x -J -f - -C "$out"
done
for unused in doc man info locale lintian bug icons help; do
  rm -rf "${out:?}/usr/share/$unused"
done
rm -rf "${out:?}/var" "${out:?}/etc/init.d" "${out:?}"/etc/cron*

libraries=$out/usr/lib/x86_64-linux-gnu
loader=$libraries/ld-linux-x86-64.so.2
path=$libraries
for directory in "$libraries"/*/; do
  case $directory in
    */pulseaudio/ | */systemd/ | */libfakeroot/) path=$path:${directory%/} ;;
  esac
done

# The first bytes decide: an ELF file goes through the loader, a Python script through the tree's Python.
wrap() {
  program=$1
  target=$(readlink -f "$program") || return 0
  case $target in "$out"/*) ;; *) return 0 ;; esac
  # An absolute link (/etc/alternatives) points out of the tree: left out.
  [ -f "$target" ] || return 0
  wrapper=$out/bin/${program##*/}
  prefix=
  case ${program##*/} in
    python3*) prefix="PYTHONHOME=$out/usr PYTHONNOUSERSITE=1 " ;;
    qemu-system-*) prefix="QEMU_MODULE_DIR=$libraries/qemu " ;;
    tesseract) prefix="TESSDATA_PREFIX=$out/usr/share/tesseract-ocr/5/tessdata " ;;
  esac
  arguments=
  case ${program##*/} in
    qemu-system-*) arguments="-L $out/usr/share/qemu -L $out/usr/share/seabios " ;;
  esac
  case $(head -c 4 "$target" | od -An -c | tr -d ' \n') in
    177ELF)
      if [ -n "$prefix" ]; then prefix="export $prefix; "; fi
      printf '#!%s sh\n%sexec %s --library-path %s --argv0 "$0" %s %s"$@"\n' \
        "$builder" "$prefix" "$loader" "$path" "$target" "$arguments" >"$wrapper"
      ;;
    '#!/u' | '#!/b' | '#!/'*)
      case $(head -n 1 "$target") in
        *python3*)
          printf '#!%s sh\nexec %s/bin/python3 %s "$@"\n' "$builder" "$out" "$target" >"$wrapper"
          ;;
        *) return 0 ;;
      esac
      ;;
    *) return 0 ;;
  esac
  chmod +x "$wrapper"
}
for program in "$out"/usr/bin/* "$out"/usr/sbin/*; do
  wrap "$program"
done

if [ -x "$out/bin/python3" ]; then
  # Debian compiles at installation; without it every start of the driver would compile the standard library.
  # The compiler must not leave what it has imported itself compiled in its own way (-B, -f): that goes by the files'
  # times, which are others in the store, so that these modules would be compiled at every start again.
  "$out/bin/python3" -B -m compileall -q -f -j 0 --invalidation-mode unchecked-hash \
    "$out/usr/lib/python3" "$out"/usr/lib/python3.*/ >compile.log 2>&1 || true
fi

PATH=$out/bin:$PATH
printf '%s\n' "$verify" | while read -r command; do
  eval "$command" >verify.log 2>&1 </dev/null || {
    printf 'rehearse: %s: %s does not run:\n' "$name" "$command"
    cat verify.log
    exit 1
  } >&2
done
