import type { BundleEntries } from './bundle.ts';

/** Where the authenticator lives on its origin. */
export const PREFIX = '/authenticator/';

export interface ShellOptions {
  readonly entries: BundleEntries;
  readonly issuer: string;
  /** The organisation's name. */
  readonly organisation: string;
}

/** The one page of the app. It tells the script what it must know of this server, in `meta` elements. */
export function shellPage({ entries, issuer, organisation }: ShellOptions): string {
  const icon = (name: string) => PREFIX + escaped(entries.pictures[name] ?? '');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Authenticator · ${escaped(organisation)}</title>
<meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover, interactive-widget=resizes-content">
<meta name="color-scheme" content="light dark">
<meta name="theme-color" content="#f6f4ee" media="(prefers-color-scheme: light)">
<meta name="theme-color" content="#0f1319" media="(prefers-color-scheme: dark)">
<meta name="robots" content="noindex">
<meta name="apple-mobile-web-app-capable" content="yes">
<meta name="apple-mobile-web-app-title" content="Authenticator">
<meta name="countersign-issuer" content="${escaped(issuer)}">
<meta name="countersign-organisation" content="${escaped(organisation)}">
<link rel="manifest" href="${PREFIX}manifest.webmanifest">
<link rel="icon" type="image/svg+xml" href="${icon('icon.svg')}">
<link rel="apple-touch-icon" href="${icon('icon-180.png')}">
<link rel="stylesheet" href="${PREFIX}${entries.style}">
<script type="module" src="${PREFIX}${entries.script}"></script>
</head>
<body>
<div id="app"></div>
<noscript><p class="no-script">The authenticator signs with a key in this browser, so it needs JavaScript. Allow it for this site and load the page again.</p></noscript>
</body>
</html>
`;
}

/** Web app manifest: installed, it opens on its own, at the list of requests. */
export function manifest({ entries, organisation }: ShellOptions): string {
  const icon = (name: string, sizes: string, type: string, purpose: string) => ({
    src: PREFIX + (entries.pictures[name] ?? ''),
    sizes,
    type,
    purpose,
  });
  return JSON.stringify({
    id: PREFIX,
    name: `${organisation} authenticator`,
    short_name: 'Authenticator',
    description: 'Approve your sign-ins.',
    lang: 'en',
    start_url: `${PREFIX}?from=icon`,
    scope: PREFIX,
    display: 'standalone',
    background_color: '#f6f4ee',
    theme_color: '#2a3f8f',
    icons: [
      icon('icon-192.png', '192x192', 'image/png', 'any'),
      icon('icon-512.png', '512x512', 'image/png', 'any'),
      icon('icon-maskable-512.png', '512x512', 'image/png', 'maskable'),
      icon('icon.svg', 'any', 'image/svg+xml', 'any'),
    ],
  });
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}
