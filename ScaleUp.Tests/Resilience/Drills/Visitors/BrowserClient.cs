using System.Net;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// The browser of one visitor, with its own cookies and connections (at most six, as in Chromium's <c>g_max_sockets_per_group</c>). It
/// resends requests only where browsers do (<see cref="ConnectionLostException.IsSentAgain"/>), follows no redirects and does not retry
/// because of a status.
/// </summary>
/// <param name="website">The website; "localhost" resolves to both loopback addresses, as in browsers (RFC 6761, 6.3).</param>
/// <param name="addresses">The addresses of the website, in the order in which this visitor tries them.</param>
/// <param name="clock">The clock of the delay before the next address is tried; null for the system clock.</param>
internal sealed class BrowserClient(Uri website, IReadOnlyList<IPEndPoint> addresses, TimeProvider? clock = null) : IDisposable
{
    private const int MaxConnectionsOf = 6;

    private readonly CookieContainer _cookies = new();
    private readonly Stack<HttpConnection> _idle = [];
    private readonly SemaphoreSlim _places = new(MaxConnectionsOf);
    private int _sentAgain;

    /// <summary>
    /// Opens a browser for "localhost". Browsers try ::1 first, which would leave one load balancer idle, so half of the visitors start
    /// with
    /// the other address, as with rotating DNS responses.
    /// </summary>
    public static BrowserClient Open(Uri website, bool ipv6First)
    {
        IPAddress[] addresses = website.Host != "localhost" ? [IPAddress.Parse(website.Host.Trim('[', ']'))]
            : ipv6First ? [IPAddress.IPv6Loopback, IPAddress.Loopback]
            : [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return new(website, [.. addresses.Select(address => new IPEndPoint(address, website.Port))]);
    }

    /// <summary>The number of automatically resent requests.</summary>
    public int SentAgain => Volatile.Read(ref _sentAgain);

    /// <summary>Whether the next request can use a kept-alive connection.</summary>
    public bool HasIdleConnection
    {
        get
        {
            lock (_idle)
            {
                return _idle.Any(connection => connection.IsIdle);
            }
        }
    }

    /// <exception cref="ConnectionLostException">The connection closed before the end of the response, and a browser would not
    /// retry.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">No address accepts connections.</exception>
    public Task<HttpPage> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(new("GET", path), cancellationToken);

    /// <summary>Submits a form.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<HttpPage> PostAsync(
        string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellationToken) => SendAsync(
            new("POST", path, string.Join('&',
                fields.Select(field => $"{WebUtility.UrlEncode(field.Key)}={WebUtility.UrlEncode(field.Value)}"))),
            cancellationToken);

    public void Dispose()
    {
        while (_idle.TryPop(out var connection))
        {
            connection.Dispose();
        }

        _places.Dispose();
    }

    private async Task<HttpPage> SendAsync(HttpPageRequest request, CancellationToken cancellationToken)
    {
        await _places.WaitAsync(cancellationToken);
        try
        {
            var bytes = request.ToBytes(website, Cookies());
            while (true)
            {
                var connection = TakeIdle() ?? new HttpConnection(
                    await Connector.ConnectAsync(addresses, clock ?? TimeProvider.System, cancellationToken));
                try
                {
                    var page = await connection.SendAsync(bytes, cancellationToken);
                    KeepCookies(page);
                    return page;
                }
                // The loop terminates: each retry consumes a kept-alive connection, and the failure of a new one is not retried.
                catch (ConnectionLostException lost) when (lost.IsSentAgain)
                {
                    Interlocked.Increment(ref _sentAgain);
                }
                finally
                {
                    Keep(connection);
                }
            }
        }
        finally
        {
            _places.Release();
        }
    }

    // The most recently used connection is the least likely to have been closed.
    private HttpConnection? TakeIdle()
    {
        lock (_idle)
        {
            while (_idle.TryPop(out var connection))
            {
                if (connection.IsIdle)
                {
                    return connection;
                }

                connection.Dispose();
            }

            return null;
        }
    }

    private void Keep(HttpConnection connection)
    {
        if (!connection.IsKept)
        {
            connection.Dispose();
            return;
        }

        lock (_idle)
        {
            _idle.Push(connection);
        }
    }

    private string Cookies()
    {
        lock (_cookies)
        {
            return _cookies.GetCookieHeader(website);
        }
    }

    private void KeepCookies(HttpPage page)
    {
        lock (_cookies)
        {
            foreach (var (_, value) in page.Headers.Where(header => header.Name.Equals("Set-Cookie", StringComparison.OrdinalIgnoreCase)))
            {
                _cookies.SetCookies(website, value);
            }
        }
    }
}
