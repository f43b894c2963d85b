# Two machines, and tests of them in files.
{
  name = "web";

  nodes = {
    server = {
      packages = [ "nginx" ];
      files."/var/www/html/index.html" = "good evening\n";
      warmStart.condition = "nginx.service";
    };
    client = {
      packages = [ "curl" ];
      warmStart = true;
    };
  };

  tests = ./tests;
}
