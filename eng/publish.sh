#!/usr/bin/env bash
# Publishes ScaleUp into a folder (artifacts/published): one for Docker Compose and one for Kubernetes, the images of web and API into the
# container engine, and what is in these images. Further arguments are settings of the topology: eng/publish.sh /srv/scaleup --Api:Replicas=5
# SCALEUP_BASE_IMAGE is another image to build them on than Microsoft's. PublishReadyToRun=false in the environment leaves out the compilation for the
# processor, where its compiler (a package) is not to be had.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh

folder=$(realpath -m "${1:-artifacts/published}")
dotnet run --project ScaleUp.AppHost -- --operation publish --step publish --output-path "$folder" "${@:2}"

# The version of an image is its commit; what is not committed has none.
tag=
[[ -e .git && -z $(git status --porcelain) ]] || tag=latest

description=$(mktemp -d)
trap 'rm -rf "$description"' EXIT
for project in $(grep -l 'Sdk="Microsoft.NET.Sdk.Web"' */*.csproj); do
    name=$(basename "$project" .csproj)
    dotnet publish "$project" --configuration Release -t:PublishContainer -p:ImageDescription="$description" \
        ${tag:+-p:ContainerImageTag="$tag"} ${SCALEUP_BASE_IMAGE:+-p:ContainerBaseImage="$SCALEUP_BASE_IMAGE"}
    dotnet run eng/sbom.cs "$description/$name.deps.json" "$description/labels" >"$folder/$name.cdx.json"
done
echo "scaleup: published in $folder"
