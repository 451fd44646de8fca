#!/usr/bin/env bash
# Publishes ScaleUp: writes folders for Docker Compose and Kubernetes and a bill of materials per image to a folder (default:
# artifacts/published), and builds the web and API images in the container engine.
# Further arguments are settings of the topology: eng/publish.sh /srv/scaleup --Api:Replicas=5
# SCALEUP_BASE_IMAGE selects another base image. PublishReadyToRun=false skips ahead-of-time compilation, for example if its compiler
# package is unavailable.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source eng/prepare.sh

folder=$(realpath -m "${1:-artifacts/published}")
dotnet run --project ScaleUp.AppHost -- --operation publish --step publish --output-path "$folder" "${@:2}"

# The image tag is the commit; with uncommitted changes there is only `latest`.
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
