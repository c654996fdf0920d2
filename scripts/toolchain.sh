# Sourced by ./quickstart, ./test and ./install: is there a Swift toolchain that builds Eddy?
need_swift() {
  if ! command -v swift >/dev/null 2>&1; then
    cat >&2 <<'TEXT'
Eddy needs Swift 6.2 or later, and there is no 'swift' on your PATH.
Install it from https://www.swift.org/install (Linux: swiftly; macOS: Xcode 26), then run this again.
TEXT
    exit 1
  fi
  local version
  version=$(swift --version 2>/dev/null | sed -n 's/.*Swift version \([0-9]*\.[0-9]*\).*/\1/p' | head -n 1)
  if [ "${version%%.*}" -lt 6 ] || { [ "${version%%.*}" -eq 6 ] && [ "${version#*.}" -lt 2 ]; }; then
    echo "Eddy needs Swift 6.2 or later; this is Swift $version. See https://www.swift.org/install." >&2
    exit 1
  fi
}
