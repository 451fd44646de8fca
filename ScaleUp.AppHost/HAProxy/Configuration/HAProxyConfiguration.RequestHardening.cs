namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // Each rule was tried with raw requests, and each has a test that sends one.
    private static string RequestHardening(HAProxySettings settings) => $$"""
            # Clear-text HTTP/2 without being asked ("PRI * HTTP/2.0") is refused; over TLS it is negotiated.
            option disable-h2-upgrade

            # Sizes that no honest client needs. (One that does not fit into the buffer is refused before the rules.)
            {{Refuse(settings, 414, "The address is too long")}} !{ url,length le 8192 }
            {{Refuse(settings, 431, "Too many headers")}} { req.fhdr_cnt gt 100 }
            {{Refuse(settings, 431, "The headers are too large")}} !{ req.hdrs,length le 16384 } || { req.hdrs -m reg '[^\n]{8194}' }
            # A length of 16 digits and more would overflow the comparison.
            {{Refuse(settings, 413, "The body is too large")}} { req.fhdr(content-length),length gt 15 } || { req.fhdr(content-length) -m int gt {{settings.MaxBodySize}} }

            # The request line: HTTP as it is spoken today, and an address that means the same to everyone who reads it.
            {{Refuse(settings, 400, "Not HTTP/1.0 or HTTP/1.1")}} { fc_http_major 1 } !{ req.ver 1.0 1.1 }
            {{Refuse(settings, 405, "Unknown method", " hdr Allow \"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\"")}} !{ method GET HEAD POST PUT PATCH DELETE OPTIONS }
            {{Refuse(settings, 400, "Characters in the address that must be encoded")}} { url -m reg '[^\x21-\x7e]' }
            {{Refuse(settings, 400, "Control characters in the address")}} { path -m reg -i '%([01][0-9a-f]|7f|(?![0-9a-f]{2}))' } || { query -m sub %00 }
            {{Refuse(settings, 400, "The path is not plain")}} { path -m reg -i '\\|%5c|(^|/)(\.|%2e){1,2}(/|$)' }

            # One Host, and one that can be in a redirect: a name of at most 253 characters without empty parts, or an IP address, and a port
            # that exists. An address that repeats it goes on as a path; one that names a user is not for a website.
            {{Refuse(settings, 400, "Not one valid Host")}} !{ req.fhdr_cnt(host) eq 1 } || !{ req.fhdr(host) -m reg '^(?=[^:]{1,253}(:|$)|\[)([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$' }
            {{Refuse(settings, 400, "Not a valid port in Host")}} { req.fhdr(host) -m reg ':[0-9]+$' } { req.fhdr(host),port_only -m int gt 65535 }
            {{Refuse(settings, 400, "Not a valid IP address in Host")}} { req.fhdr(host) -m beg [ } !{ req.fhdr(host),host_only,regsub('[][]',,g) -m ip ::/0 }
            {{Refuse(settings, 400, "A user in the address")}} { url -m reg -i '^[a-z][a-z0-9+.-]*://[^/?#]*@' }
            http-request set-uri %[pathq] if { fc_http_major 1 } { url -m reg -i '^https?://' }

            # Headers: no control characters; no name that some servers take for another (X_Forwarded_For); no second word where there is one.
            {{Refuse(settings, 400, "Control characters in a header")}} { req.hdrs -m reg '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' }
            {{Refuse(settings, 400, "A header name with other characters than letters, digits and -")}} { req.hdr_names -m reg '[^A-Za-z0-9,-]' }
            {{Refuse(settings, 400, "A header that must not be repeated")}} { req.fhdr_cnt(authorization) gt 1 } || { req.fhdr_cnt(content-type) gt 1 } || { req.fhdr_cnt(idempotency-key) gt 1 }

            # Where a body ends must be beyond doubt. HAProxy itself refuses lengths that differ, and drops one beside "chunked".
            {{Refuse(settings, 400, "Not a valid Transfer-Encoding")}} { req.fhdr_cnt(transfer-encoding) gt 0 } !{ req.fhdr(transfer-encoding) -m str -i chunked }
            {{Refuse(settings, 400, "No Transfer-Encoding in HTTP/1.0")}} { req.fhdr_cnt(transfer-encoding) gt 0 } { req.ver 1.0 }

            # These methods ask for something by its address alone. Servers differ in what they make of a body: a page that is kept for all
            # could depend on it. (The length of a body in HTTP/2 need not be given, so its first byte or its end is waited for.)
            {{Refuse(settings, 400, "A body with a method that has none")}} { method GET HEAD DELETE OPTIONS } { req.fhdr_cnt(transfer-encoding) gt 0 } || { method GET HEAD DELETE OPTIONS } { req.fhdr(content-length) -m int gt 0 }
            http-request wait-for-body time {{Time(settings.LargeBodyTimeout)}} at-least 1 if { method GET HEAD DELETE OPTIONS }
            {{Refuse(settings, 400, "A body with a method that has none")}} { method GET HEAD DELETE OPTIONS } { req.body_len gt 0 }

            # No way out of what is checked here: WebSocket is the only upgrade, and no header can be named for the next hop to drop. An upgrade
            # is an offer, which is ignored (RFC 9110, 7.8): some clients offer HTTP/2 with each request.
            http-request del-header HTTP2-Settings
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
