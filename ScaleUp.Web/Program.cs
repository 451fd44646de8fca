using ScaleUp.ServiceDefaults;
using ScaleUp.Web;
using ScaleUp.Web.Articles;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
builder.AddServedBy();
builder.AddArticles();
builder.Services.AddRazorPages();

var app = builder.Build();

app.UseErrorPages();
app.MapServiceDefaults();
app.MapStaticAssets();
app.MapRazorPages().WithStaticAssets();

app.Run();
