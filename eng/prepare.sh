# Checks what ScaleUp needs and adds what is missing. To be sourced by run.sh and test.sh, in the root of the repository.
# shellcheck shell=bash

die() { echo "scaleup: error: $*" >&2; exit 1; }

command -v dotnet >/dev/null || die "the .NET SDK is not installed: install .NET 10, then run this again"
dotnet --version >/dev/null 2>&1 || die "the .NET SDK here is not the one that global.json asks for: install .NET 10, then run this again"

# Evaluating the project is the quickest way to have NuGet look for the SDK of Aspire that its first line names.
if dotnet msbuild ScaleUp.AppHost -getProperty:TargetFramework >/dev/null 2>&1; then
    if ! docker info >/dev/null 2>&1 && ! podman info >/dev/null 2>&1; then
        die "no container engine answers: start Docker or Podman (or install one), and see that 'docker info' works for this user"
    fi
else
    echo "scaleup: the packages of Aspire are not to be had here, so eng/offline stands in for them" >&2
    eng/offline/prepare.sh
    # shellcheck source=/dev/null
    source artifacts/offline/env.sh
fi

# Compilers that would stay behind for the next build are not worth it for one build.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
