namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private static string Refuse(int status, string reason, string more = "") =>
        $"http-request deny deny_status {status} content-type text/plain string \"{reason}\"{more} if";

    // Each rule was tried with raw requests, and each has a test that sends one.
    private static string CleanRequests(HAProxySettings settings) => $$"""
            # Clear-text HTTP/2 without being asked ("PRI * HTTP/2.0") is refused; over TLS it is negotiated.
            option disable-h2-upgrade

            # Sizes that no honest client needs. (One that does not fit into the buffer is refused before the rules.)
            {{Refuse(414, "The address is too long")}} !{ url,length le 8192 }
            {{Refuse(431, "Too many headers")}} { req.fhdr_cnt gt 100 }
            {{Refuse(431, "The headers are too large")}} !{ req.hdrs,length le 16384 } || { req.hdrs -m reg '[^\n]{8194}' }
            # A length of 16 digits and more would overflow the comparison.
            {{Refuse(413, "The body is too large")}} { req.fhdr(content-length),length gt 15 } || { req.fhdr(content-length) -m int gt {{settings.MaxBodySize}} }

            # The request line: HTTP as it is spoken today, and an address that means the same to everyone who reads it.
            {{Refuse(400, "Not HTTP/1.0 or HTTP/1.1")}} { fc_http_major 1 } !{ req.ver 1.0 1.1 }
            {{Refuse(405, "Unknown method", " hdr Allow \"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\"")}} !{ method GET HEAD POST PUT PATCH DELETE OPTIONS }
            {{Refuse(400, "Characters in the address that must be encoded")}} { url -m reg '[^\x21-\x7e]' }
            {{Refuse(400, "Control characters in the address")}} { path -m reg -i '%([01][0-9a-f]|7f|(?![0-9a-f]{2}))' } || { query -m sub %00 }
            {{Refuse(400, "The path is not plain")}} { path -m reg -i '\\|%5c|(^|/)(\.|%2e){1,2}(/|$)' }

            # One Host, and one that can be in a redirect. An address that repeats it goes on as a path.
            {{Refuse(400, "Not one valid Host")}} !{ req.fhdr_cnt(host) eq 1 } || !{ req.fhdr(host) -m reg '^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$' }
            http-request set-uri %[pathq] if { fc_http_major 1 } { url -m reg -i '^https?://' }

            # Headers: no control characters; no name that some servers take for another (X_Forwarded_For); no second word where there is one.
            {{Refuse(400, "Control characters in a header")}} { req.hdrs -m reg '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' }
            {{Refuse(400, "A header name with other characters than letters, digits and -")}} { req.hdr_names -m reg '[^A-Za-z0-9,-]' }
            {{Refuse(400, "A header that must not be repeated")}} { req.fhdr_cnt(authorization) gt 1 } || { req.fhdr_cnt(content-type) gt 1 } || { req.fhdr_cnt(idempotency-key) gt 1 }

            # Where a body ends must be beyond doubt. HAProxy itself refuses lengths that differ, and drops one beside "chunked".
            {{Refuse(400, "Not a valid Transfer-Encoding")}} { req.fhdr_cnt(transfer-encoding) gt 0 } !{ req.fhdr(transfer-encoding) -m str -i chunked }
            {{Refuse(400, "No Transfer-Encoding in HTTP/1.0")}} { req.fhdr_cnt(transfer-encoding) gt 0 } { req.ver 1.0 }

            # No way out of what is checked here: WebSocket is the only upgrade, and no header can be named for the next hop to drop.
            {{Refuse(400, "No upgrade to HTTP/2")}} { req.fhdr_cnt(http2-settings) gt 0 } || { req.fhdr(upgrade) -m sub -i h2c }
            {{Refuse(400, "WebSocket is the only upgrade")}} { req.fhdr_cnt(upgrade) gt 0 } !{ fc_http_major 1 } !{ req.fhdr(upgrade) -m str -i websocket }
            http-request del-header Upgrade unless { req.fhdr(upgrade) -m str -i websocket }
            http-request del-header Connection
            http-request set-header Connection Upgrade if { req.fhdr_cnt(upgrade) gt 0 }
            http-request del-header Keep-Alive
            http-request del-header Proxy-Connection
            http-request del-header Trailer

            # What only a load balancer can know, a client has no say in.
            http-request del-header X-Forwarded -m beg
            http-request del-header X-Original- -m beg
            http-request del-header X-Rewrite- -m beg
            http-request del-header Forwarded
            http-request del-header X-Real-IP
            http-request del-header X-Client-IP
            http-request del-header True-Client-IP
            http-request del-header X-Served-By
            http-request del-header Proxy

        """;
}
