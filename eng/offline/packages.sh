#!/usr/bin/env bash
# Builds the stand-in packages into a NuGet feed, and writes artifacts/offline/packages/env.sh, with which NuGet uses it
# and keeps all packages in a cache of its own. They are built again only when their source has changed.
# shellcheck source=eng/offline/lib.sh
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

root=$(dirname "$(dirname "$offline_dir")")
source_dir=$offline_dir/packages
feed=$state_dir/feed
cache=$state_dir/package-cache
work=$state_dir/packages
nuget_config=$work/nuget/NuGet/Config/offline.config

# One run at a time; the lock is not handed down, since build servers would keep it.
mkdir -p "$cache" "$(dirname "$nuget_config")"
if [[ -z ${SCALEUP_PACKAGES_LOCKED:-} ]]; then
    SCALEUP_PACKAGES_LOCKED=1 exec flock --close "$work/lock" "${BASH_SOURCE[0]}"
fi

repository_config() { find "$root" -maxdepth 1 -iname nuget.config; }

# Prints a hash of everything that the feed and its configuration are made from.
recipe() {
    {
        find "$source_dir" \( -name bin -o -name obj \) -prune -o -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
        repository_config | xargs -rd '\n' cat
        cat "${BASH_SOURCE[0]}"
    } | sha256sum | cut -c 1-16
}

# NuGet reads the *.config files of its machine-wide folder beside the repository's own, which knows nothing of the feed.
write_nuget_config() {
    local mapping=''
    # Where the repository maps packages to sources, a source without a mapping serves nothing; where it does not,
    # a first mapping would leave all other packages without a source.
    if repository_config | xargs -rd '\n' grep -li '<packageSourceMapping' | grep -q .; then
        mapping='
  <packageSourceMapping>
    <packageSource key="scaleup-offline">
      <package pattern="Aspire.*" />
    </packageSource>
  </packageSourceMapping>'
    fi
    cat >"$nuget_config" <<XML
<?xml version="1.0" encoding="utf-8"?>
<configuration>
  <packageSources>
    <add key="scaleup-offline" value="$feed" />
  </packageSources>$mapping
</configuration>
XML
}

recipe=$(recipe)
if [[ $(cat "$work/recipe" 2>/dev/null) != "$recipe $state_dir" ]] || ! compgen -G "$feed/*.nupkg" >/dev/null; then
    say "building the stand-in packages"
    rm -rf "$work/recipe" "$work/feed.new"
    # The packages that the stand-ins stand on come from the usual registry, into the cache of the kit.
    NUGET_PACKAGES=$cache quietly "the stand-in packages of eng/offline/packages could not be built" \
        dotnet pack "$source_dir/Packages.slnx" --configuration Release --output "$work/feed.new" \
        --artifacts-path "$work/build" --disable-build-servers --nologo --verbosity quiet
    rm -rf "$feed" && mv "$work/feed.new" "$feed"
    # The version stays the same, so NuGet would go on using what it unpacked from the feed before.
    find "$cache" -maxdepth 1 -iname 'aspire.*' -exec rm -rf {} +
    write_nuget_config
    printf 'export NUGET_PACKAGES=%q\nexport NUGET_COMMON_APPLICATION_DATA=%q\n' "$cache" "$work/nuget" >"$work/env.sh"
    # Written last: what has a recipe is whole. The folder is part of it because the files above name it.
    echo "$recipe $state_dir" >"$work/recipe"
fi
