using Microsoft.AspNetCore.Authorization;
using Microsoft.OpenApi;
using ScaleUp.Api.Idempotency;

namespace ScaleUp.Api.OpenApi;

/// <summary>What the description of the API says of all slices; the rest is in the docstrings of requests and answers.</summary>
internal static class ApiDescription
{
    private const string Session = "session";

    public static void AddApiDescription(this WebApplicationBuilder builder) => builder.Services.AddOpenApi(options =>
    {
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "ScaleUp";
            document.Info.Description = "Users, sessions, articles and comments. Every write takes an Idempotency-Key, so that it may be sent again; every error is problem details (RFC 9457).";
            document.Components ??= new OpenApiComponents();
            document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
            document.Components.SecuritySchemes[Session] = new OpenApiSecurityScheme
            {
                Type = SecuritySchemeType.Http,
                Scheme = "bearer",
                Description = "The token that POST /sessions gives.",
            };
            return Task.CompletedTask;
        });

        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            if (metadata.OfType<IAuthorizeData>().Any())
            {
                operation.Security = [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Session, context.Document)] = [] }];
            }

            if (IdempotencyExtensions.NeedsKey(metadata))
            {
                AddHeader(operation, "Idempotency-Key", "A new one for a new write, the same for a repetition.", "4f8a1c52-6a55-4d3c-9f0b-1c6d7f3a2b10");
            }

            if (operation.Responses?.ContainsKey("428") is true)
            {
                AddHeader(operation, "If-Match", "The version that is to be changed: its ETag.", "\"3\"");
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
