using Aspire.Hosting.HAProxy;

namespace ScaleUp.AppHost.Deployment;

/// <summary>
/// The configuration of keepalived beside a load balancer (https://keepalived.org/manpage.html), which speaks VRRP (RFC 9568). Times are
/// chosen for the address to answer again within 1.5 s, whatever has gone: HAProxy, keepalived, the container or the cable.
/// </summary>
internal static class KeepalivedConfiguration
{
    /// <summary>Where the script is that asks the load balancer, in the image.</summary>
    public const string Folder = "/etc/keepalived";

    public const string StartName = "keep-alive.sh";
    private const string ScriptName = "ask-haproxy.sh";

    /// <summary>
    /// An image with keepalived. There is no official one; Debian's package is kept up to date by Debian.
    /// </summary>
    public static string Dockerfile => $"""
        # Written by the AppHost; edit there, not here.
        FROM debian:trixie-slim
        RUN apt-get -q update && apt-get -qy install --no-install-recommends keepalived && rm -rf /var/lib/apt/lists/*
        COPY . {Folder}/
        # Not every way that a folder is copied keeps this.
        RUN chmod 755 {Folder}/*.sh

        """.ReplaceLineEndings("\n");

    /// <summary>The scripts, the same for every load balancer.</summary>
    public static IEnumerable<PublishedFile> Scripts =>
    [
        new(ScriptName, Script) { IsProgram = true },
        new(StartName, Start) { IsProgram = true },
    ];

    // Any number that no other group on the same network has.
    private const int Router = 80;
    private const int Priority = 150;
    private const int LessWanted = 50;

    /// <summary>
    /// Asks the load balancer beside it for a path and fails unless it answers 200 within a second. Without curl, which few images have.
    /// </summary>
    private static string Script => $$"""
        #!/bin/bash
        # Written by the AppHost; edit there, not here.
        exec 2>/dev/null 3<>"/dev/tcp/127.0.0.1/{{HAProxyConfiguration.OperationsPort}}" || exit 1
        printf 'GET %s HTTP/1.0\r\n\r\n' "$1" >&3
        read -r -t 1 _ status _ <&3 && [[ $status == 200 ]]

        """.ReplaceLineEndings("\n");

    /// <summary>
    /// Keeps keepalived running. The load balancer shares the network of this container, and would be cut off from it if the container
    /// ended and began anew. Its arguments are a name and the configuration file.
    /// </summary>
    private const string Start = """
        #!/bin/bash
        # Written by the AppHost; edit there, not here.
        trap 'kill "$keepalived"; wait "$keepalived"; exit' TERM INT
        while :; do
            keepalived --vrrp --dont-fork --log-console --pid="/run/$1.pid" --vrrp_pid="/run/$1.vrrp.pid" --use-file="$2" &
            keepalived=$!
            wait "$keepalived"
            sleep 0.1
        done

        """;

    /// <summary>Writes the configuration of one of several load balancers.</summary>
    /// <param name="address">The address that they share.</param>
    /// <param name="name">The load balancer's name.</param>
    /// <param name="folder">Where the script is.</param>
    public static string Render(VirtualAddress address, string name, string folder = Folder) => $$"""
        # Written by the AppHost from its topology; edit there, not here.
        global_defs {
            router_id {{name}}
            vrrp_version 3
            # Scripts are run as who keepalived is, and only those that nobody else can change.
            script_user root
            enable_script_security
            # Neighbours learn of the move at once, and again, if they missed it.
            vrrp_garp_master_delay 1
            vrrp_garp_master_refresh 10
        }

        # A load balancer that does not answer gives the address up.
        vrrp_script alive {
            script "{{folder}}/{{ScriptName}} /alive"
            interval 1
            timeout 1
            fall 1
            rise 1
        }

        # One that sees no servers, or is about to leave, is less wanted than one that does not; if all are so, somebody still has to answer.
        vrrp_script servers {
            script "{{folder}}/{{ScriptName}} /health"
            interval 1
            timeout 1
            fall 2
            rise 1
            weight -{{LessWanted}}
        }

        vrrp_instance website {
            # All begin as those who wait, and listen before they speak.
            state BACKUP
            interface {{address.Interface}}
            virtual_router_id {{Router}}
            # The same for all: one that comes back does not take the address from one that does well. Each move costs somebody a connection.
            priority {{Priority}}
            # Seconds between two signs of life. After three that did not come the next load balancer takes the address.
            advert_int 0.2
            virtual_ipaddress {
                {{address.Address}}
            }
            track_script {
                alive
                servers
            }
        }

        """.ReplaceLineEndings("\n");
}
