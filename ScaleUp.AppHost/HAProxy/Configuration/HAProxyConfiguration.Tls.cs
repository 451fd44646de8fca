using System.Text;

namespace Aspire.Hosting.HAProxy;

public static partial class HAProxyConfiguration
{
    private const string TlsGlobal = """
            # Mozilla's "intermediate" profile without DHE key exchange.
            ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets prefer-client-ciphers
            ssl-default-bind-ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305
            ssl-default-bind-ciphersuites TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256
        .if feature(QUIC_OPENSSL_COMPAT)
            # With OpenSSL's QUIC compatibility layer, HTTP/3 must be enabled explicitly.
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
                # HTTPS with HTTP/2, and HTTP/3 if HAProxy was built with QUIC.
                bind :{{tls.Port}} ssl crt {{Folder}}/{{CertificateFileName}} alpn h2,http/1.1
            .if feature(QUIC)
                bind quic4@:{{tls.Port}} ssl crt {{Folder}}/{{CertificateFileName}} alpn h3
                http-after-response set-header Alt-Svc "h3=\":${{{TlsPortVariable}}}\"; ma=86400" if { ssl_fc }
            .endif
                # Redirect HTTP to HTTPS; 308 preserves the method and the body.
                http-request redirect code 308 location "https://%[req.fhdr(host),host_only]:${{{TlsPortVariable}}}%[pathq]" unless { ssl_fc }

            """);

        if (tls.StrictTransport)
        {
            text.Append("""
                    # HSTS: browsers use only HTTPS for a year.
                    http-after-response set-header Strict-Transport-Security "max-age=31536000" if { ssl_fc }

                """);
        }
    }
}
