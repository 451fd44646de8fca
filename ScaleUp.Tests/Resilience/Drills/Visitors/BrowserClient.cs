using System.Net;

namespace ScaleUp.Tests.Drills.Visitors;

/// <summary>
/// One visitor's browser: its own connections, at most six to a website as in Chromium
/// (<c>g_max_sockets_per_group</c>), cookies, and requests that are sent again only where a browser does it
/// (<see cref="ConnectionLostException.IsSentAgain"/>). It follows no redirect and repeats nothing because of a status.
/// </summary>
/// <param name="website">The website; "localhost" is both loopback addresses, as every browser takes it (RFC 6761, 6.3).</param>
/// <param name="addresses">Its addresses, in the order in which this visitor tries them.</param>
/// <param name="clock">By which it waits for an address before it tries the next one; null for the system's.</param>
internal sealed class BrowserClient(Uri website, IReadOnlyList<IPEndPoint> addresses, TimeProvider? clock = null) : IDisposable
{
    private const int MaxConnectionsOf = 6;

    private readonly CookieContainer _cookies = new();
    private readonly Stack<HttpConnection> _idle = [];
    private readonly SemaphoreSlim _places = new(MaxConnectionsOf);
    private int _sentAgain;

    /// <summary>
    /// A visitor of "localhost". Browsers try ::1 first, and so would leave one load balancer without work; half of the visitors
    /// here begin with the other one, as the rotating answers of DNS would have it.
    /// </summary>
    public static BrowserClient Open(Uri website, bool ipv6First)
    {
        IPAddress[] addresses = website.Host != "localhost" ? [IPAddress.Parse(website.Host.Trim('[', ']'))]
            : ipv6First ? [IPAddress.IPv6Loopback, IPAddress.Loopback]
            : [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return new(website, [.. addresses.Select(address => new IPEndPoint(address, website.Port))]);
    }

    /// <summary>How often a request was sent again by itself.</summary>
    public int SentAgain => Volatile.Read(ref _sentAgain);

    /// <summary>Whether the next request could be sent on a connection that was kept.</summary>
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

    /// <exception cref="ConnectionLostException">The connection ended before the answer did, and a browser would not try again.</exception>
    /// <exception cref="System.Net.Sockets.SocketException">No address takes connections.</exception>
    public Task<HttpPage> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(new("GET", path), cancellationToken);

    /// <summary>Sends a form.</summary>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<HttpPage> PostAsync(string path, IEnumerable<KeyValuePair<string, string>> fields, CancellationToken cancellationToken) => SendAsync(
        new("POST", path, string.Join('&', fields.Select(field => $"{WebUtility.UrlEncode(field.Key)}={WebUtility.UrlEncode(field.Value)}"))), cancellationToken);

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
                var connection = TakeIdle() ?? new HttpConnection(await Connector.ConnectAsync(addresses, clock ?? TimeProvider.System, cancellationToken));
                try
                {
                    var page = await connection.SendAsync(bytes, cancellationToken);
                    KeepCookies(page);
                    return page;
                }
                // This ends: each time one of the kept connections is used up, and a new one is no reason to try again.
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

    // The one that was used last is the least likely to have been closed.
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
