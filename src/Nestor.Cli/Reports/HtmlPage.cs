namespace Nestor.Cli.Reports;

/// <summary>An HTML page that needs nothing else: its style is in it, pictures are inline.</summary>
internal static class HtmlPage
{
    /// <summary>A page.</summary>
    /// <param name="title">Its title, encoded.</param>
    /// <param name="body">What it shows, encoded.</param>
    public static string Of(string title, string body) => $$"""
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{{title}}</title>
        <style>
          body { font: 16px/1.5 system-ui, sans-serif; max-width: 56rem; margin: 2rem auto; padding: 0 1rem; color: #222; }
          table { border-collapse: collapse; width: 100%; }
          th, td { text-align: right; padding: .35rem .7rem; border-bottom: 1px solid #ddd; font-variant-numeric: tabular-nums; }
          th:first-child, td:first-child { text-align: left; }
          tr.chosen { background: #fbeaec; font-weight: 600; }
          blockquote { margin: .5rem 0 1.5rem; padding: .5rem 1rem; border-left: 4px solid #1f6f8b; background: #f5f8fa; white-space: pre-wrap; }
          blockquote b { font-weight: 600; }
          svg { width: 100%; height: auto; }
        </style>
        </head>
        <body>
        {{body}}
        </body>
        </html>

        """;
}
