using ScaleUp.ServiceDefaults;
using ScaleUp.Web;
using ScaleUp.Web.ApiClient;
using ScaleUp.Web.Articles;
using ScaleUp.Web.Caching;
using ScaleUp.Web.Comments;
using ScaleUp.Web.Forms;
using ScaleUp.Web.Operations;
using ScaleUp.Web.Search;
using ScaleUp.Web.Security;
using ScaleUp.Web.Sessions;
using ScaleUp.Web.Users;

var builder = WebApplication.CreateBuilder(args);

builder.AddServiceDefaults();
// Forms for articles are larger and set MaxBodySize.
builder.AddRequestValidation(maxBodySize: 64 * 1024);
builder.AddApi();
builder.AddSharedKeys();
builder.AddSessions();
builder.AddCaching();
builder.AddForms();
builder.AddReadiness();
builder.AddOperations();
builder.Services.AddScoped<ArticlesClient>().AddScoped<CommentsClient>().AddScoped<SearchClient>().AddScoped<UsersClient>();

var app = builder.Build();

app.UseSecurityHeaders();
app.UseErrorPages();
app.UseServiceDefaults();
app.UseCookiePrefix();
app.UseSameOrigin();
app.UseRequestValidation();
app.UseCanonicalUrls();
app.UseAllowedMethods();
app.UseCaching();
app.UseSessions();

app.MapDefaultEndpoints();
app.MapStaticAssets();
app.MapRazorPages().WithStaticAssets();
app.MapFeed();
app.MapSearchEngines();

app.Run();
