#!/bin/bash
# Brings Debian's source package of BoringSSL into a cache outside the tree:
#
#   fetch.sh DIR    afterwards DIR/src holds the unpacked source
#
# The source entries are derived from the machine's own apt configuration and
# kept in a private list, so that the machine's configuration stays as it is;
# apt checks the package's signature chain as always. Works as any user.
set -euo pipefail

package=android-platform-external-boringssl
target=$1
if [ -e "$target/src/BUILD.generated.bzl" ] ||
   [ -e "$target/src/.complete" ]; then
  exit 0
fi
if ! command -v dpkg-source >/dev/null; then
  echo "dpkg-source is missing: apt-get install dpkg-dev" >&2
  exit 1
fi

mkdir -p "$target"
work=$(mktemp -d "$target/fetch.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/parts" "$work/lists/partial" "$work/archives/partial"

# The two forms of apt's configuration: deb822 stanzas and one-line entries.
for file in /etc/apt/sources.list.d/*.sources; do
  [ -e "$file" ] || continue
  sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/${file##*/}"
done
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -e "$file" ] || continue
  sed -n 's/^deb /deb-src /p' "$file" >"$work/parts/src-${file##*/}"
done

options=(
  -o "Dir::Etc::sourcelist=/dev/null"
  -o "Dir::Etc::sourceparts=$work/parts"
  -o "Dir::State::lists=$work/lists"
  -o "Dir::Cache::archives=$work/archives"
  -o "Dir::Cache::pkgcache=" -o "Dir::Cache::srcpkgcache="
  -o "APT::Sandbox::User=$(id -un)"
  -o "Debug::NoLocking=true"
)
cd "$work"
apt-get "${options[@]}" -qq update
apt-get "${options[@]}" -qq source "$package"
unpacked=$(find . -maxdepth 1 -type d -name "$package-*" | head -n 1)
if [ -z "$unpacked" ]; then
  echo "apt-get source $package left no folder" >&2
  exit 1
fi
touch "$unpacked/.complete"
rm -rf "$target/src"
mv "$unpacked" "$target/src"
