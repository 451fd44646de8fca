using ScaleUp.Api.Users;

namespace ScaleUp.Tests.Api;

/// <summary>The password policy rejects guessable passwords and accepts long ones.</summary>
public sealed class PasswordPolicyTests
{
    private static readonly string[] s_context = ["ScaleUp", "ada.brandt", "Zoë Weiß-Lang"];

    [Theory]
    [InlineData("123456789012")]
    [InlineData("passwordpassword")]
    [InlineData("aaaaaaaaaaaa")]
    [InlineData("木木木木木木木木木木木木")]
    [InlineData("            ")]
    [InlineData("!!!!!!!!!!!!")]
    [InlineData("Password1234")]
    [InlineData("P@ssw0rd1234")]
    [InlineData("p-a-s-s-w-o-r-d-1-2-3-4")]
    [InlineData("qwertyuiop123")]
    [InlineData("1qaz2wsx3edc")]
    [InlineData("1q2w3e4r5t6y")]
    [InlineData("poiuytrewq12")]
    [InlineData("abcabcabcabc")]
    [InlineData("abcdefghijkl")]
    [InlineData("iloveyou2024")]
    [InlineData("letmein12345")]
    [InlineData("Summer2026!!")]
    [InlineData("administrator")]
    [InlineData("superman1234")]
    [InlineData("111222333444")]
    [InlineData("ScaleUpScaleUp")]
    [InlineData("scaleup-scaleup-1")]
    [InlineData("scaleup12345")]
    [InlineData("Ada.Brandt.1")]
    [InlineData("adabrandt1234")]
    [InlineData("brandt2026brandt")]
    [InlineData("4d4.br4ndt!!")]
    [InlineData("BrandtAda2026")]
    [InlineData("langweißzoë1")]
    [InlineData("zoë weiß-lang 7")]
    public void A_guessable_password_is_rejected(string password) => Assert.True(PasswordPolicy.IsGuessable(password, s_context));

    [Theory]
    [InlineData("correct horse battery staple")]
    [InlineData("another horse, another battery")]
    [InlineData("blue elephant 42")]
    [InlineData("my dog likes cheese")]
    [InlineData("only lower case letters")]
    [InlineData("xK9#mQ2$vL7p")]
    [InlineData("7302918456123")]
    [InlineData("Грибной дождь в июле")]
    [InlineData("木の上に猫がいる静かな夜")]
    [InlineData("🦊🐙🌵🚲🎻🍋")]
    [InlineData("Tr0ub4dor&3 and more")]
    [InlineData("canada geese fly south")]
    [InlineData("a password for tests 5f0c1f1e7a524cf5")]
    public void A_long_password_of_any_characters_is_accepted(string password) =>
        Assert.False(PasswordPolicy.IsGuessable(password, s_context));
}
