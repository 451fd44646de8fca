#!/usr/bin/env bash
# Builds ScaleUp, warnings being errors, and runs all tests: `dotnet test`, after installing what is missing on this machine.
# Arguments go to the test runner: eng/test.sh --filter-class '*ConfigurationTests'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh
eng/machine/test-tools.sh

dotnet build --nologo
exec dotnet test --no-build "$@"
