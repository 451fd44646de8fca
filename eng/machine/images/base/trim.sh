#!/bin/sh
# Runs in the new root file system: removes files that no server reads, and excludes them from later installations.
set -eu

cat >/etc/dpkg/dpkg.cfg.d/no-documents <<'END'
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/*/copyright
path-exclude=/usr/share/man/*
path-exclude=/usr/share/info/*
path-exclude=/usr/share/locale/*
END
cat >/etc/apt/apt.conf.d/no-extras <<'END'
APT::Install-Recommends "false";
Acquire::Languages "none";
END

find /usr/share/doc -type f ! -name copyright -delete
rm -rf /usr/share/man/* /usr/share/info/* /usr/share/locale/*
rm -rf /var/lib/apt/lists/* /var/cache/apt/* /var/cache/debconf/*-old /var/log/*
