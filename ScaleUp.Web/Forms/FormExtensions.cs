using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;

namespace ScaleUp.Web.Forms;

internal static class FormExtensions
{
    public static void AddForms(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorPages()
            // The API alone validates input, so that its rules and messages exist once.
            .AddMvcOptions(options =>
            {
                options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
                options.ModelMetadataDetailsProviders.Add(new KeepEmptyStrings());
            })
            .AddViewOptions(options => options.HtmlHelperOptions.ClientValidationEnabled = false);

        builder.Services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "scaleup-form";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            // SecurityHeaders forbids framing on all pages, not only on those with forms.
            options.SuppressXFrameOptionsHeader = true;
        });
        builder.Services.Configure<CookieTempDataProviderOptions>(options =>
        {
            options.Cookie.Name = StatusMessage.CookieName;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    // Binds an empty field to an empty string instead of null.
    private sealed class KeepEmptyStrings : IDisplayMetadataProvider
    {
        public void CreateDisplayMetadata(DisplayMetadataProviderContext context) =>
            context.DisplayMetadata.ConvertEmptyStringToNull = false;
    }
}
