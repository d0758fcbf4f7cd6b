#!/bin/sh
# rootfs.sh PACKAGE..: unpacks Debian packages of /debs below /rootfs and notes
# each in var/lib/dpkg/status.d, where scanners look in images without dpkg.
# Nothing is run: no package's scripts, and none of them comes along.
# rootfs.sh --base PACKAGE..: what every image has, too.
set -eu
root=/rootfs
mkdir -p $root/var/lib/dpkg/status.d
for folder in bin sbin lib lib64; do
  mkdir -p $root/usr/$folder
  ln -s usr/$folder $root/$folder
done

base=
if [ "${1:-}" = --base ]; then
  base=yes
  shift
fi
for package in "$@"; do
  deb=$(echo /debs/"${package}"_*.deb)
  dpkg-deb --fsys-tarfile "$deb" |
    tar --extract --keep-directory-symlink --directory $root
  {
    dpkg-deb --field "$deb"
    echo "Status: install ok installed"
  } >"$root/var/lib/dpkg/status.d/$package"
done

# As in Debian's slim image: of the documents only what the licences demand.
if [ -d $root/usr/share/doc ]; then
  find $root/usr/share/doc -type f ! -name copyright -delete
fi
for folder in bash-completion bug gdb info lintian locale man; do
  rm -rf $root/usr/share/$folder
done
find $root -type d -empty -delete
mkdir -p $root

if [ -z "$base" ]; then
  # They are in the layer below.
  for folder in bin sbin lib lib64; do
    if [ -L $root/$folder ]; then rm $root/$folder; fi
  done
  exit 0
fi
# For scanners; the user owns nothing.
mkdir -p $root/etc $root/run $root/usr/bin $root/usr/sbin
cp -P /etc/os-release /etc/debian_version $root/etc/
cp /usr/lib/os-release $root/usr/lib/
cat >$root/etc/passwd <<END
root:x:0:0:root:/:/usr/sbin/nologin
otrp:x:65532:65532:OTrP Suite:/nonexistent:/usr/sbin/nologin
END
cat >$root/etc/group <<END
root:x:0:
otrp:x:65532:
END
echo 'hosts: files dns' >$root/etc/nsswitch.conf
ln -s /run $root/var/run
mkdir -m 1777 $root/tmp
