/** The option of a machine that records its screen, which nodes of both kinds have: its values and what they do. */
{
  type.enum = [
    "never"
    "on-failure"
    "always"
  ];
  example = "always";
  description = ''
    Records the screen: a picture each second in which the screen has changed, in the output and its report. With `"on-failure"`
    the pictures are removed when the test has passed.
  '';
}
