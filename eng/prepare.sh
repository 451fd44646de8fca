# Checks the prerequisites and installs what is missing. The scripts beside it source this file in the root of the repository.
# shellcheck shell=bash

source eng/sdk.sh

# Provides a container engine and images; each script does only what is missing.
eng/machine/engine.sh && eng/machine/images.sh && eng/machine/cluster-image.sh || exit 1
[[ ! -x artifacts/machine/docker-cli/docker ]] || PATH=$PWD/artifacts/machine/docker-cli:$PATH
set -a
# shellcheck source=/dev/null
source artifacts/machine/images.env
set +a

# Build servers would outlive these scripts and use memory that the topology needs.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
