using ScaleUp.Tests.Drills.Visitors;
using ScaleUp.Tests.Drills.Writes;

namespace ScaleUp.Tests.Drills.Load;

/// <summary>
/// All visitors of a drill, and the sequence of their requests: 9 of 10 requests read, every tenth writes.
/// </summary>
internal sealed class Audience : IDisposable
{
    /// <summary>One of this many visitors is signed in.</summary>
    private const int VisitorsPerUser = 5;

    // Freshly started servers compile each page at its first requests; the chance that one of two servers receives none of this many
    // requests is 1 in 10^19.
    private const int MinLooks = 4;
    private const int MaxLooks = 64;

    private readonly IReadOnlyList<BrowserClient> _visitors;
    private readonly IReadOnlyList<SignedInVisitor> _users;
    private readonly Sights _sights;
    private readonly int _seed;

    private Audience(IReadOnlyList<BrowserClient> visitors, IReadOnlyList<SignedInVisitor> users, Sights sights, int seed) =>
        (_visitors, _users, _sights, _seed) = (visitors, users, sights, seed);

    /// <summary>The number of requests that browsers resent automatically.</summary>
    public int SentAgain => _visitors.Sum(visitor => visitor.SentAgain) + _users.Sum(user => user.SentAgain);

    /// <summary>Registers users and discovers the pages, before any measurement.</summary>
    /// <param name="website">The public address of both load balancers.</param>
    /// <param name="ledger">Records all writes, including those of this method.</param>
    /// <param name="marker">The markers of the run.</param>
    /// <param name="seed">Determines the sequence of requests.</param>
    /// <param name="visitors">The number of visitors; every fifth is signed in.</param>
    /// <param name="webServers">The number of web servers; each renders each page before this method returns and thus has a copy of
    /// it.</param>
    /// <param name="cancellationToken">Cancels the method.</param>
    /// <exception cref="InvalidOperationException">The website lacks a kind of page, or not all web servers respond.</exception>
    public static async Task<Audience> GatherAsync(
        Uri website, Ledger ledger, Marker marker, int seed, int visitors, int webServers, CancellationToken cancellationToken)
    {
        var users = new List<SignedInVisitor>();
        for (var i = 0; i < visitors / VisitorsPerUser; i++)
        {
            users.Add(await SignedInVisitor.RegisterAsync(
                BrowserClient.Open(website, ipv6First: i % 2 == 0), $"{marker.Prefix}-{i}", marker, ledger, cancellationToken));
        }

        var sights = await Sights.FindAsync(path => users[0].GetAsync(path, cancellationToken));
        var audience = new Audience(
            [.. Enumerable.Range(0, visitors - users.Count).Select(i => BrowserClient.Open(website, ipv6First: i % 2 == 0))], users,
            sights, seed);
        await audience.LookAroundAsync(webServers);
        return audience;
    }

    /// <summary>
    /// Sends requests of one kind, each from the next visitor. The kinds are those of <see cref="Measuring.Costs.Kinds"/>: a static file, a
    /// cached page, an uncached page (with a unique address each time), a page for a signed-in user, and a comment.
    /// </summary>
    /// <param name="kind">The kind of request.</param>
    /// <param name="file">The address of a static file.</param>
    public Func<long, Task<Answer>> Only(string kind, string file)
    {
        return kind switch
        {
            "static" => number => Visit.OpenAsync(Of(_visitors, number), RequestKind.Read, file),
            "cached" => number => Visit.OpenAsync(Of(_visitors, number), RequestKind.Read, "/"),
            "uncached" => number =>
                Visit.OpenAsync(Of(_visitors, number), RequestKind.Read, $"/articles/{Of(_sights.Articles, number)}?q={number}"),
            "signed-in" => number => Of(_users, number).ReadAsync(Of(_sights.Pages, number)),
            "write" => number => Of(_users, number).CommentAsync(Of(_sights.Articles, number)),
            _ => throw new ArgumentException($"Unknown kind of request '{kind}'."),
        };

        static T Of<T>(IReadOnlyList<T> all, long number) => all[(int)(number % all.Count)];
    }

    /// <summary>Executes the request of this number.</summary>
    public Task<Answer> NextAsync(long number)
    {
        var random = new Random(unchecked((int)((_seed * 1_000_003L) + number)));
        return number % 10 == 9 ? WriteAsync(random) : ReadAsync(random);
    }

    public void Dispose()
    {
        foreach (IDisposable visitor in _visitors.Concat<IDisposable>(_users))
        {
            visitor.Dispose();
        }
    }

    // Sequentially, because concurrent first requests would overload freshly started servers.
    private async Task LookAroundAsync(int webServers)
    {
        foreach (var page in _sights.Pages.Distinct())
        {
            var seen = new HashSet<string>();
            for (var look = 0; look < MinLooks || seen.Count < webServers; look++)
            {
                if (look == MaxLooks)
                {
                    throw new InvalidOperationException(
                        $"Only {seen.Count} of {webServers} web servers have answered {page} in {MaxLooks} requests: " +
                        string.Join(", ", seen));
                }

                await Visit.OpenAsync(_visitors[look % _visitors.Count], RequestKind.Read, page,
                    opened => seen.Add(opened["X-Served-By"]?.Split(", ")[^1] ?? ""));
            }
        }
    }

    private Task<Answer> ReadAsync(Random random)
    {
        var who = random.Next(_visitors.Count + _users.Count);
        var page = _sights.Pages[random.Next(_sights.Pages.Count)];
        return who < _visitors.Count ? Visit.OpenAsync(_visitors[who], RequestKind.Read, page)
            : random.Next(5) == 0 ? _users[who - _visitors.Count].OpenEditFormAsync()
            : _users[who - _visitors.Count].ReadAsync(page);
    }

    private Task<Answer> WriteAsync(Random random)
    {
        var user = _users[random.Next(_users.Count)];
        return random.Next(10) switch
        {
            0 => user.WriteArticleAsync(),
            1 => user.EditAsync(),
            _ => user.CommentAsync(_sights.Articles[random.Next(_sights.Articles.Count)]),
        };
    }
}
