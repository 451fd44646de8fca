namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    // Each rule has a test that sends a raw request.
    private static string RequestHardening(HAProxySettings settings) => $$"""
            # Reject unnegotiated clear-text HTTP/2 ("PRI * HTTP/2.0"); TLS negotiates it.
            option disable-h2-upgrade

            # Size limits beyond what legitimate clients need. (HAProxy rejects requests that exceed the buffer before it applies rules.)
            {{Deny(settings, 414, "The address is too long")}} !{ url,length le 8192 }
            {{Deny(settings, 431, "Too many headers")}} { req.fhdr_cnt gt 100 }
            {{Deny(settings, 431, "The headers are too large")}} !{ req.hdrs,length le 16384 } || { req.hdrs -m reg '[^\n]{8194}' }
            # A length of 16 or more digits would overflow the comparison.
            {{Deny(settings, 413, "The body is too large")}} { req.fhdr(content-length),length gt 15 } || { req.fhdr(content-length) -m int gt {{settings.MaxBodySize}} }

            # Request line: current HTTP versions and methods, and a target that every server interprets in the same way.
            {{Deny(settings, 400, "Not HTTP/1.0 or HTTP/1.1")}} { fc_http_major 1 } !{ req.ver 1.0 1.1 }
            {{Deny(settings, 405, "Unknown method", " hdr Allow \"GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS\"")}} !{ method GET HEAD POST PUT PATCH DELETE OPTIONS }
            {{Deny(settings, 400, "Unencoded characters in the address")}} { url -m reg '[^\x21-\x7e]' }
            {{Deny(settings, 400, "Control characters in the address")}} { path -m reg -i '%([01][0-9a-f]|7f|(?![0-9a-f]{2}))' } || { query -m sub %00 }
            {{Deny(settings, 400, "The path is not normalized")}} { path -m reg -i '\\|%5c|(^|/)(\.|%2e){1,2}(/|$)' }

            # Exactly one Host that is safe in a redirect: a name of at most 253 characters without empty labels, or an IP address, and a
            # valid port. An absolute URI is reduced to its path; one with user information is rejected.
            {{Deny(settings, 400, "Missing, repeated or invalid Host")}} !{ req.fhdr_cnt(host) eq 1 } || !{ req.fhdr(host) -m reg '^(?=[^:]{1,253}(:|$)|\[)([A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?$' }
            {{Deny(settings, 400, "Invalid port in Host")}} { req.fhdr(host) -m reg ':[0-9]+$' } { req.fhdr(host),port_only -m int gt 65535 }
            {{Deny(settings, 400, "Invalid IP address in Host")}} { req.fhdr(host) -m beg [ } !{ req.fhdr(host),host_only,regsub('[][]',,g) -m ip ::/0 }
            {{Deny(settings, 400, "User information in the address")}} { url -m reg -i '^[a-z][a-z0-9+.-]*://[^/?#]*@' }
            http-request set-uri %[pathq] if { fc_http_major 1 } { url -m reg -i '^https?://' }

            # Headers: no control characters, no ambiguous names (some servers treat X_Forwarded_For as X-Forwarded-For), no repeated
            # single-value headers.
            {{Deny(settings, 400, "Control characters in a header")}} { req.hdrs -m reg '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' }
            {{Deny(settings, 400, "A header name may contain only letters, digits and -")}} { req.hdr_names -m reg '[^A-Za-z0-9,-]' }
            {{Deny(settings, 400, "Repeated Authorization, Content-Type or Idempotency-Key header")}} { req.fhdr_cnt(authorization) gt 1 } || { req.fhdr_cnt(content-type) gt 1 } || { req.fhdr_cnt(idempotency-key) gt 1 }

            # Body framing must be unambiguous (request smuggling). HAProxy itself rejects conflicting lengths, and removes Content-Length
            # from chunked requests.
            {{Deny(settings, 400, "Invalid Transfer-Encoding")}} { req.fhdr_cnt(transfer-encoding) gt 0 } !{ req.fhdr(transfer-encoding) -m str -i chunked }
            {{Deny(settings, 400, "Transfer-Encoding is not allowed in HTTP/1.0")}} { req.fhdr_cnt(transfer-encoding) gt 0 } { req.ver 1.0 }

            # Servers interpret bodies of these methods differently, and a cached page could depend on one. (HTTP/2 bodies may have no
            # length, so wait for the first byte or the end.)
            {{Deny(settings, 400, "This method does not allow a body")}} { method GET HEAD DELETE OPTIONS } { req.fhdr_cnt(transfer-encoding) gt 0 } || { method GET HEAD DELETE OPTIONS } { req.fhdr(content-length) -m int gt 0 }
            http-request wait-for-body time {{Time(settings.LargeBodyTimeout)}} at-least 1 if { method GET HEAD DELETE OPTIONS }
            {{Deny(settings, 400, "This method does not allow a body")}} { method GET HEAD DELETE OPTIONS } { req.body_len gt 0 }

            # Hop-by-hop headers: allow only WebSocket upgrades, and let clients name no header for removal by the next hop. Ignore other
            # upgrade offers instead of rejecting them (RFC 9110, 7.8), because some clients offer HTTP/2 with each request.
            http-request del-header HTTP2-Settings
            http-request del-header Upgrade unless { req.fhdr(upgrade) -m str -i websocket }
            http-request del-header Connection
            http-request set-header Connection Upgrade if { req.fhdr_cnt(upgrade) gt 0 }
            http-request del-header Keep-Alive
            http-request del-header Proxy-Connection
            http-request del-header Trailer

            # Remove headers that only a load balancer may set.
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
