using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.ModelBinding.Metadata;

namespace ScaleUp.Web.Forms;

internal static class FormExtensions
{
    public static void AddForms(this WebApplicationBuilder builder)
    {
        builder.Services.AddRazorPages()
            // What a form must be is said by the application servers, once and in one voice.
            .AddMvcOptions(options =>
            {
                options.SuppressImplicitRequiredAttributeForNonNullableReferenceTypes = true;
                options.ModelMetadataDetailsProviders.Add(new EmptyStaysEmpty());
            })
            .AddViewOptions(options => options.HtmlHelperOptions.ClientValidationEnabled = false);

        builder.Services.AddAntiforgery(options =>
        {
            options.Cookie.Name = "scaleup-form";
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            // It would be set on pages with forms only; all pages have the header (see SecurityHeaders).
            options.SuppressXFrameOptionsHeader = true;
        });
        builder.Services.Configure<CookieTempDataProviderOptions>(options =>
        {
            options.Cookie.Name = StatusMessage.CookieName;
            options.Cookie.SameSite = SameSiteMode.Lax;
            options.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
    }

    // A field that was left empty is an empty text, not a missing one.
    private sealed class EmptyStaysEmpty : IDisplayMetadataProvider
    {
        public void CreateDisplayMetadata(DisplayMetadataProviderContext context) => context.DisplayMetadata.ConvertEmptyStringToNull = false;
    }
}
