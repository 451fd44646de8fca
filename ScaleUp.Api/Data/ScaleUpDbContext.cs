using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Comments;
using ScaleUp.Api.Search;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Users;

namespace ScaleUp.Api.Data;

/// <summary>The database of the application. Each entity's mapping stands beside the entity.</summary>
internal sealed class ScaleUpDbContext(DbContextOptions<ScaleUpDbContext> options) : DbContext(options)
{
    public DbSet<Article> Articles => Set<Article>();

    public DbSet<Comment> Comments => Set<Comment>();

    public DbSet<User> Users => Set<User>();

    public DbSet<Session> Sessions => Set<Session>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ScaleUpDbContext).Assembly);
        SearchFunctions.Map(modelBuilder);
    }
}
