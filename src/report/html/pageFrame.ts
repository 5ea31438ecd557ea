import { createHash } from "node:crypto";
import { html, type Markup, trusted } from "./markup.ts";

/** The page's own script and style sheet, as built. */
export interface PageClient {
  readonly script: string;
  readonly style: string;
}

/** Everything around the sections of a page. */
export interface PageFrame {
  /** Of the browser's tab. */
  readonly title: string;
  readonly heading: string;
  readonly subtitle: string;
  /** Ids of sections that the page may have, with their names in its navigation. */
  readonly navigation: readonly (readonly [id: string, label: string])[];
  readonly footer: string;
  readonly client: PageClient;
}

function sha256Base64(text: string): string {
  return createHash("sha256").update(text).digest("base64");
}

/** A whole page, self-contained: it may run its own script and styles, and nothing else. */
export function framePage(frame: PageFrame, sections: readonly (Markup | null)[]): string {
  const { client, navigation } = frame;
  const shown = navigation.filter(([id]) =>
    sections.some((section) => section?.text.startsWith(`<section id="${id}"`)),
  );
  const script = `\n${client.script}`;
  // No address is ever asked for anything.
  const policy = `default-src 'none'; script-src 'sha256-${sha256Base64(script)}'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="scidocs">
<link rel="icon" href="data:,">
<title>${frame.title}</title>
<style>${trusted(client.style)}</style>
</head>
<body>
<a class="skip" href="#main">To the content</a>
<header><div class="bar"><h1>${frame.heading}</h1><label>Theme <select id="theme"><option value="auto">auto</option><option value="light">light</option><option value="dark">dark</option></select></label></div>
<p class="faint">${frame.subtitle}</p>
<nav aria-label="Sections"><ul>${shown.map(([id, label]) => html`<li><a href="#${id}">${label}</a></li>`)}</ul></nav></header>
<main id="main">${sections}</main>
<footer class="faint"><p>${frame.footer}</p></footer>
<script type="module">${trusted(script)}</script>
</body>
</html>
`.text;
}
