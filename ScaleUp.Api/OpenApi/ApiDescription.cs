using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using ScaleUp.Api.Idempotency;
using ScaleUp.ServiceDefaults;

namespace ScaleUp.Api.OpenApi;

/// <summary>Adds to the OpenAPI document what all endpoints have in common; the contracts' XML docs supply the rest.</summary>
internal static class ApiDescription
{
    private const string Session = "session";

    public static void AddApiDescription(this WebApplicationBuilder builder) => builder.Services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "ScaleUp";
            document.Info.Description = "Users, sessions, articles and comments. "
                + $"Every write requires an {HttpHeaderNames.IdempotencyKey}, which makes it safe to retry. "
                + "Every error is reported as problem details (RFC 9457).";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Session] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The token that POST /sessions returns.",
            };
            return Task.CompletedTask;
        });

        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<IAuthorizeData>().Any())
            {
                operation.Security =
                    [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Session, context.Document)] = [] }];
            }

            if (IdempotencyExtensions.RequiresKey([.. metadata]))
            {
                AddHeader(
                    operation, HttpHeaderNames.IdempotencyKey,
                    "A new key for a new write, the same key for a retry.", "4f8a1c52-6a55-4d3c-9f0b-1c6d7f3a2b10");
            }

            if (operation.Responses?.ContainsKey("428") is true)
            {
                AddHeader(operation, "If-Match", "The ETag of the version to change.", "\"3\"");
            }

            return Task.CompletedTask;
        });
    });

    private static void AddHeader(OpenApiOperation operation, string name, string description, string example)
    {
        operation.Parameters ??= [];
        operation.Parameters.Add(new OpenApiParameter
        {
            Name = name,
            In = ParameterLocation.Header,
            Required = true,
            Description = description,
            Example = example,
            Schema = new OpenApiSchema { Type = JsonSchemaType.String },
        });
    }
}
