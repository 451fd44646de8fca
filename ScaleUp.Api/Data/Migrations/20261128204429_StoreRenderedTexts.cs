using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ScaleUp.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class StoreRenderedTexts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<string>(
                name: "html",
                table: "comments",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "renderer_version",
                table: "comments",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.AddColumn<string>(
                name: "html",
                table: "articles",
                type: "text",
                nullable: false,
                defaultValue: "");

            migrationBuilder.AddColumn<int>(
                name: "renderer_version",
                table: "articles",
                type: "integer",
                nullable: false,
                defaultValue: 0);

            migrationBuilder.CreateIndex(
                name: "ix_comments_renderer_version",
                table: "comments",
                column: "renderer_version");

            migrationBuilder.CreateIndex(
                name: "ix_articles_renderer_version",
                table: "articles",
                column: "renderer_version");

            // Whoever changes a text without its HTML (a server of the version before, during an update; an administrator by SQL) makes it due.
            migrationBuilder.Sql("""
                CREATE FUNCTION forget_html() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    NEW.renderer_version := 0;
                    RETURN NEW;
                END $$;

                CREATE TRIGGER forget_html BEFORE UPDATE OF body ON articles FOR EACH ROW
                    WHEN (NEW.body IS DISTINCT FROM OLD.body AND NEW.html = OLD.html) EXECUTE FUNCTION forget_html();
                CREATE TRIGGER forget_html BEFORE UPDATE OF body ON comments FOR EACH ROW
                    WHEN (NEW.body IS DISTINCT FROM OLD.body AND NEW.html = OLD.html) EXECUTE FUNCTION forget_html();
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP TRIGGER forget_html ON articles;
                DROP TRIGGER forget_html ON comments;
                DROP FUNCTION forget_html();
                """);

            migrationBuilder.DropIndex(
                name: "ix_comments_renderer_version",
                table: "comments");

            migrationBuilder.DropIndex(
                name: "ix_articles_renderer_version",
                table: "articles");

            migrationBuilder.DropColumn(
                name: "html",
                table: "comments");

            migrationBuilder.DropColumn(
                name: "renderer_version",
                table: "comments");

            migrationBuilder.DropColumn(
                name: "html",
                table: "articles");

            migrationBuilder.DropColumn(
                name: "renderer_version",
                table: "articles");
        }
    }
}
