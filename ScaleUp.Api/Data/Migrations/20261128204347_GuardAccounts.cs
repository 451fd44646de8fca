using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ScaleUp.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class GuardAccounts : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.AddColumn<Guid>(
                name: "blocked_by_id",
                table: "users",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "device_key",
                table: "users",
                type: "uuid",
                nullable: false,
                defaultValueSql: "gen_random_uuid()");

            migrationBuilder.AddColumn<Guid>(
                name: "hidden_by_id",
                table: "comments",
                type: "uuid",
                nullable: true);

            migrationBuilder.AddColumn<Guid>(
                name: "hidden_by_id",
                table: "articles",
                type: "uuid",
                nullable: true);

            migrationBuilder.CreateTable(
                name: "password_attempts",
                columns: table => new
                {
                    key = table.Column<byte[]>(type: "bytea", nullable: false),
                    failures = table.Column<int>(type: "integer", nullable: false),
                    failed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "bytea", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("pk_password_attempts", x => x.key);
                });

            migrationBuilder.CreateIndex(
                name: "ix_users_blocked_by_id",
                table: "users",
                column: "blocked_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_comments_hidden_by_id",
                table: "comments",
                column: "hidden_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_articles_hidden_by_id",
                table: "articles",
                column: "hidden_by_id");

            migrationBuilder.CreateIndex(
                name: "ix_password_attempts_failed_at",
                table: "password_attempts",
                column: "failed_at");

            migrationBuilder.AddForeignKey(
                name: "fk_articles_users_hidden_by_id",
                table: "articles",
                column: "hidden_by_id",
                principalTable: "users",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);

            migrationBuilder.AddForeignKey(
                name: "fk_comments_users_hidden_by_id",
                table: "comments",
                column: "hidden_by_id",
                principalTable: "users",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);

            migrationBuilder.AddForeignKey(
                name: "fk_users_users_blocked_by_id",
                table: "users",
                column: "blocked_by_id",
                principalTable: "users",
                principalColumn: "id",
                onDelete: ReferentialAction.SetNull);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropForeignKey(
                name: "fk_articles_users_hidden_by_id",
                table: "articles");

            migrationBuilder.DropForeignKey(
                name: "fk_comments_users_hidden_by_id",
                table: "comments");

            migrationBuilder.DropForeignKey(
                name: "fk_users_users_blocked_by_id",
                table: "users");

            migrationBuilder.DropTable(
                name: "password_attempts");

            migrationBuilder.DropIndex(
                name: "ix_users_blocked_by_id",
                table: "users");

            migrationBuilder.DropIndex(
                name: "ix_comments_hidden_by_id",
                table: "comments");

            migrationBuilder.DropIndex(
                name: "ix_articles_hidden_by_id",
                table: "articles");

            migrationBuilder.DropColumn(
                name: "blocked_by_id",
                table: "users");

            migrationBuilder.DropColumn(
                name: "device_key",
                table: "users");

            migrationBuilder.DropColumn(
                name: "hidden_by_id",
                table: "comments");

            migrationBuilder.DropColumn(
                name: "hidden_by_id",
                table: "articles");
        }
    }
}
