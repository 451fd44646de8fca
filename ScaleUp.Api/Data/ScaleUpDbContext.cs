using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Articles;

namespace ScaleUp.Api.Data;

/// <summary>All state of the system. A slice keeps its mapping beside its entity.</summary>
internal sealed class ScaleUpDbContext(DbContextOptions<ScaleUpDbContext> options) : DbContext(options)
{
    public DbSet<Article> Articles => Set<Article>();

    protected override void OnModelCreating(ModelBuilder modelBuilder) =>
        modelBuilder.ApplyConfigurationsFromAssembly(typeof(ScaleUpDbContext).Assembly);
}
