import { CHART_SCRIPT } from './chart-script.ts';
import { FLEET_SCRIPT } from './fleet-script.ts';
import { HISTORY_SCRIPT } from './history-script.ts';
import { STYLE } from './style.ts';
import { TOKEN_SCRIPT } from './token-script.ts';
import { VERSIONS_SCRIPT } from './versions-script.ts';
import { WATCH_SCRIPT } from './watch-script.ts';

/**
 * A plain page that shows the fleet. It is static and knows nothing: the browser asks the operator API, with the token
 * from the part of the address behind `#`, which browsers never send and the page takes away at once.
 */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fettle</title>
<link rel="stylesheet" href="/status-page.css">
</head>
<body>
<h1>Fettle</h1>
<p id="state" role="status">Asking…</p>
<div id="fleet"></div>
<script type="module" src="/status-page.js"></script>
</body>
</html>
`;

const FILES = new Map([
  ['/', { type: 'text/html', text: PAGE }],
  ['/status-page.css', { type: 'text/css', text: STYLE }],
  [
    '/status-page.js',
    {
      type: 'text/javascript',
      text: `${CHART_SCRIPT}${HISTORY_SCRIPT}${WATCH_SCRIPT}${VERSIONS_SCRIPT}${TOKEN_SCRIPT}${FLEET_SCRIPT}`,
    },
  ],
]);

/** What every answer of ours has besides is not repeated here. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
};

/** The status page and its files, the same for everybody; `null` for a path that is none of them. */
export function statusPage(pathname: string): Response | null {
  const file = FILES.get(pathname);
  if (file === undefined) return null;
  return new Response(file.text, { headers: { ...HEADERS, 'content-type': `${file.type}; charset=utf-8` } });
}
