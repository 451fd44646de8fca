#!/usr/bin/env bash
# Builds ScaleUp with warnings as errors and runs all tests (`dotnet test`), after installing what is missing on this machine.
# --fast runs only the tests that need no container engine, browser or build of other projects, and installs nothing.
# Further arguments go to the test runner: eng/test.sh --filter-class '*ConfigurationTests'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

if [[ ${1:-} == --fast ]]; then
    shift
    source eng/sdk.sh
    set -- --filter-not-trait Category=Integration --parallel collections "$@"
else
    source eng/prepare.sh
    eng/machine/test-tools.sh
fi

dotnet build --nologo
exec dotnet test --no-build "$@"
