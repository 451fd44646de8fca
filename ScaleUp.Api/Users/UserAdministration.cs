using System.ComponentModel;
using System.Security.Claims;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Paging;
using ScaleUp.Api.Security;
using ScaleUp.Api.Sessions;

namespace ScaleUp.Api.Users;

/// <summary>Endpoints with which administrators manage users.</summary>
internal static class UserAdministration
{
    public static void MapUserAdministration(this RouteGroupBuilder users)
    {
        var administration = users.MapGroup("").RequireAuthorization(Caller.AdministratorPolicy)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden);
        administration.MapGet("/", ListAsync).WithName("ListUsers").WithSummary("Lists all users, newest first.");
        administration.MapPost("/{userName}/block", BlockAsync).WithName("BlockUser")
            .WithSummary("Blocks a user from signing in and ends their sessions.");
        administration.MapDelete("/{userName}/block", UnblockAsync).WithName("UnblockUser")
            .WithSummary("Unblocks a user.");
    }

    private static async Task<Results<Ok<Page<ListedUser>>, ValidationProblem>> ListAsync(
        ScaleUpDbContext database, CancellationToken cancellationToken,
        [Description("Users per page, 1 to 100.")] int limit = PageRequest.DefaultLimit,
        [Description("The `next` value of the previous page; omit it for the first page.")] string? cursor = null)
    {
        if (PageRequest.Read(limit, cursor, out var after) is { Count: > 0 } errors)
        {
            return TypedResults.ValidationProblem(errors);
        }

        var users = database.Users.AsNoTracking();
        if (after is { } position)
        {
            users = users.Where(u => EF.Functions.LessThan(
                ValueTuple.Create(u.CreatedAt, u.Id), ValueTuple.Create(position.Time, position.Id)));
        }

        var rows = await users.OrderByDescending(u => u.CreatedAt).ThenByDescending(u => u.Id).Take(limit + 1)
            .Select(u => new
            {
                u.Id,
                User = new ListedUser(u.UserName!, u.DisplayName, u.CreatedAt, u.IsAdministrator, u.BlockedAt, u.BlockReason,
                    database.Users.Where(b => b.Id == u.BlockedById).Select(b => b.UserName).FirstOrDefault()),
            })
            .ToListAsync(cancellationToken);
        return TypedResults.Ok(rows.ToPage(limit, r => r.User, r => new PageCursor(r.User.JoinedAt, r.Id)));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> BlockAsync(
        string userName, ModerationRequest request, ClaimsPrincipal caller, ILookupNormalizer normalizer, ScaleUpDbContext database,
        TimeProvider clock, SecurityLog log, CancellationToken cancellationToken)
    {
        var name = normalizer.NormalizeName(userName);
        if (name == normalizer.NormalizeName(caller.Identity!.Name!))
        {
            return Problems.Conflict("You can't block yourself.");
        }

        // Block before deleting sessions: sign-in locks the same row, so that no session is created in between.
        var (now, administrator) = (clock.Now(), caller.UserId());
        if (await database.Users.Where(u => u.NormalizedUserName == name).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.BlockedAt, u => u.BlockedAt ?? now).SetProperty(u => u.BlockReason, request.Reason.Trim())
                .SetProperty(u => u.BlockedById, administrator), cancellationToken) == 0)
        {
            return UserEndpoints.UserNotFound(userName);
        }

        await database.Sessions.Where(s => s.User!.NormalizedUserName == name).ExecuteDeleteAsync(cancellationToken);
        log.Add(SecurityEvent.UserBlocked, caller, userName);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> UnblockAsync(
        string userName, ClaimsPrincipal caller, ILookupNormalizer normalizer, ScaleUpDbContext database, SecurityLog log,
        CancellationToken cancellationToken)
    {
        var name = normalizer.NormalizeName(userName);
        if (await database.Users.Where(u => u.NormalizedUserName == name).ExecuteUpdateAsync(
            set => set.SetProperty(u => u.BlockedAt, (DateTimeOffset?)null).SetProperty(u => u.BlockReason, (string?)null)
                .SetProperty(u => u.BlockedById, (Guid?)null), cancellationToken) == 0)
        {
            return UserEndpoints.UserNotFound(userName);
        }

        log.Add(SecurityEvent.UserUnblocked, caller, userName);
        return TypedResults.NoContent();
    }
}
