using Microsoft.EntityFrameworkCore.Migrations;
using NpgsqlTypes;

#nullable disable

namespace ScaleUp.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class SearchWithoutAccentsAndForParts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Both extensions are trusted: the owner of a database may create them. They are part of PostgreSQL (contrib).
            migrationBuilder.Sql("""
                CREATE EXTENSION IF NOT EXISTS unaccent;
                CREATE EXTENSION IF NOT EXISTS pg_trgm;

                CREATE TEXT SEARCH CONFIGURATION words (COPY = simple);
                ALTER TEXT SEARCH CONFIGURATION words ALTER MAPPING FOR hword, hword_part, word WITH unaccent, simple;
                CREATE TEXT SEARCH CONFIGURATION word_forms (COPY = english);
                ALTER TEXT SEARCH CONFIGURATION word_forms ALTER MAPPING FOR hword, hword_part, word WITH unaccent, english_stem;

                CREATE FUNCTION search_parts(title text, summary text, plain_text text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
                    RETURN normalize(title || E'\n' || summary || E'\n' || plain_text);

                CREATE FUNCTION search_headline(plain_text text, query tsquery, options text) RETURNS text LANGUAGE plpgsql STABLE AS $$
                DECLARE
                    headline text;
                BEGIN
                    FOR piece IN 0..2 LOOP
                        EXIT WHEN piece * 10000 >= length(plain_text);
                        headline := ts_headline('word_forms', substr(plain_text, piece * 10000 + 1, 10000), query, options);
                        -- The character by which a word that was found begins.
                        IF strpos(headline, U&'\E000') > 0 THEN
                            RETURN headline;
                        END IF;
                    END LOOP;
                    RETURN left(plain_text, 200);
                END $$;
                """);

            migrationBuilder.DropIndex(name: "ix_articles_search_vector", table: "articles");
            migrationBuilder.DropColumn(name: "search_vector", table: "articles");
            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search_vector",
                table: "articles",
                type: "tsvector",
                nullable: false,
                computedColumnSql: "setweight(to_tsvector('word_forms', normalize(title)), 'A') || setweight(to_tsvector('words', normalize(title)), 'A') ||\nsetweight(to_tsvector('word_forms', normalize(summary)), 'B') || setweight(to_tsvector('words', normalize(summary)), 'B') ||\nsetweight(to_tsvector('word_forms', normalize(plain_text)), 'D') || setweight(to_tsvector('words', normalize(plain_text)), 'D')",
                stored: true);
            migrationBuilder.CreateIndex(name: "ix_articles_search_vector", table: "articles", column: "search_vector").Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.Sql("CREATE INDEX ix_articles_search_parts ON articles USING gin (search_parts(title, summary, plain_text) gin_trgm_ops)");
            // One form of what looks the same; tags had no marks before, but Korean letters could be in pieces.
            migrationBuilder.Sql("""
                UPDATE articles SET tags = ARRAY(SELECT DISTINCT normalize(tag) FROM unnest(tags) AS tag)
                WHERE EXISTS (SELECT FROM unnest(tags) AS tag WHERE tag IS NOT NFC NORMALIZED)
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropIndex(name: "ix_articles_search_parts", table: "articles");
            migrationBuilder.DropIndex(name: "ix_articles_search_vector", table: "articles");
            migrationBuilder.DropColumn(name: "search_vector", table: "articles");
            migrationBuilder.AddColumn<NpgsqlTsVector>(
                name: "search_vector",
                table: "articles",
                type: "tsvector",
                nullable: false,
                computedColumnSql: "setweight(to_tsvector('english', title), 'A') || setweight(to_tsvector('simple', title), 'A') ||\nsetweight(to_tsvector('english', summary), 'B') || setweight(to_tsvector('simple', summary), 'B') ||\nsetweight(to_tsvector('english', plain_text), 'D') || setweight(to_tsvector('simple', plain_text), 'D')",
                stored: true);
            migrationBuilder.CreateIndex(name: "ix_articles_search_vector", table: "articles", column: "search_vector").Annotation("Npgsql:IndexMethod", "gin");

            migrationBuilder.Sql("""
                DROP FUNCTION search_headline(text, tsquery, text);
                DROP FUNCTION search_parts(text, text, text);
                DROP TEXT SEARCH CONFIGURATION word_forms;
                DROP TEXT SEARCH CONFIGURATION words;
                """);
        }
    }
}
