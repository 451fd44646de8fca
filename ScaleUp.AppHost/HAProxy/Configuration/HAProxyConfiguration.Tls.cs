using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private const string TlsGlobal = """
            # What current browsers and machines speak: Mozilla's "intermediate" without the old kind of key exchange (DHE).
            ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets prefer-client-ciphers
            ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
            ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
        .if feature(QUIC_OPENSSL_COMPAT)
            # HTTP/3 over an OpenSSL that has no interface for it must be asked for.
            limited-quic
        .endif

        """;

    private static void RenderTls(StringBuilder text, HAProxyTls? tls)
    {
        if (tls is null)
        {
            return;
        }

        text.Append($$"""
                # Encrypted: HTTP/2, and HTTP/3 where HAProxy was built with it.
                bind :{{tls.Port}} ssl crt {{Folder}}/{{CertificateFileName}} alpn h2,http/1.1
            .if feature(QUIC)
                bind quic4@:{{tls.Port}} ssl crt {{Folder}}/{{CertificateFileName}} alpn h3
                http-after-response set-header Alt-Svc "h3=\":${{{TlsPortVariable}}}\"; ma=86400" if { ssl_fc }
            .endif
                # 308 keeps the method and the body; the port of the clear-text address goes, the path and the query stay.
                http-request redirect code 308 location "https://%[req.fhdr(host),host_only]:${{{TlsPortVariable}}}%[pathq]" unless { ssl_fc }

            """);

        if (tls.StrictTransport)
        {
            text.Append("""
                    # Browsers that were here once come encrypted from then on, also if somebody tells them otherwise (a year).
                    http-after-response set-header Strict-Transport-Security "max-age=31536000" if { ssl_fc }

                """);
        }
    }
}
