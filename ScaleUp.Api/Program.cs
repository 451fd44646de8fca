using ScaleUp.Api.Articles;
using ScaleUp.Api.Data;
using ScaleUp.Api.Errors;
using ScaleUp.ServiceDefaults;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddDatabase();
builder.AddProblemDetails();
builder.Services.AddOpenApi();

var app = builder.Build();

app.UseProblemDetails();
app.MapServiceDefaults();
app.MapOpenApi();
app.MapArticles();

app.Run();
