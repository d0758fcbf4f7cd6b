#!/bin/sh
# install.sh PACKAGE..: installs what the stage "packages" downloaded (/lists,
# /debs), and leaves nothing behind that differs from one time to the next.
set -eu
export DEBIAN_FRONTEND=noninteractive
apt-get install -qq -y --no-install-recommends --no-download \
  -o Dir::State::lists=/lists -o Dir::Cache::archives=/debs \
  -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache= \
  -o Debug::NoLocking=true -o Dpkg::Use-Pty=0 \
  -o Dpkg::Options::=--force-unsafe-io "$@" >/tmp/install.log 2>&1 || {
  cat /tmp/install.log >&2
  exit 1
}
rm -rf /tmp/install.log /packages /install.sh /var/cache/ldconfig/aux-cache \
  /var/cache/debconf/*-old /var/lib/dpkg/*-old /var/log/apt \
  /var/log/dpkg.log /var/log/alternatives.log
