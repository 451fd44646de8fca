using Scalar.AspNetCore;
using ScaleUp.Api.Articles;
using ScaleUp.Api.Cleanup;
using ScaleUp.Api.Comments;
using ScaleUp.Api.Data;
using ScaleUp.Api.DataProtection;
using ScaleUp.Api.Errors;
using ScaleUp.Api.Idempotency;
using ScaleUp.Api.OpenApi;
using ScaleUp.Api.Search;
using ScaleUp.Api.Security;
using ScaleUp.Api.Sessions;
using ScaleUp.Api.Users;
using ScaleUp.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddRequestBodyValidation();
builder.AddProblemDetails();
builder.AddUsers();
builder.AddSessions();
builder.AddServiceKeys();
builder.AddIdempotency();
builder.AddSecurityLog();
builder.AddCleanup();
builder.AddApiDescription();

var app = builder.Build();

app.UseProblemDetails();
app.MapServiceDefaults();
// Buffers bodies before the deadline starts: a slow client is not a slow database.
app.UseRequestValidation();
app.UseDatabaseDeadline();
app.UseSecurityLog();
app.UseSessions();
app.UseIdempotency();

app.MapOpenApi();
if (app.Environment.IsDevelopment())
{
    app.MapScalarApiReference();
}

app.MapUsers();
app.MapSessions();
app.MapArticles();
app.MapComments();
app.MapSearch();
app.MapDataProtection();

app.Run();
