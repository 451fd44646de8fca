using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace ScaleUp.Api.Data.Migrations
{
    /// <inheritdoc />
    public partial class AddNameLooks : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            // Letters without accents and case, those that look like Latin ones as these, and nothing between them.
            migrationBuilder.Sql("""
                CREATE FUNCTION name_look(name text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
                    RETURN replace(replace(regexp_replace(translate(lower(normalize(lower(name), NFKD)),
                        'абвгеёзкмнопрстухьіїјѕԁԛԝһүӏαβγεζηικμνορστυχωօոսհցզıɑɡłøđħŧɩʟᴀʙᴄᴅᴇɪɴᴍᴏʀᴛǀi1|!0@$',
                        'abbree3kmhonpctyxblljsdqwhylabyeznlkuvopotuxwonuhgqlaglodhtllabcdelnmortllllloas'), '[^[:alnum:]]|[\u0300-\u036F]', '', 'g'), 'rn', 'm'), 'vv', 'w');

                CREATE INDEX ix_users_user_name_look ON users (name_look(user_name));
                CREATE INDEX ix_users_display_name_look ON users (name_look(display_name));
                """);
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.Sql("""
                DROP INDEX ix_users_user_name_look;
                DROP INDEX ix_users_display_name_look;
                DROP FUNCTION name_look(text);
                """);
        }
    }
}
