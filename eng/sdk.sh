# Checks for the .NET SDK. The scripts beside it source this file in the root of the repository.
# shellcheck shell=bash

die() { echo "scaleup: error: $*" >&2; exit 1; }

command -v dotnet >/dev/null || die "the .NET SDK is not installed: install .NET 10, then run this again"
dotnet --version >/dev/null 2>&1 || die "global.json requires another .NET SDK: install .NET 10, then run this again"
