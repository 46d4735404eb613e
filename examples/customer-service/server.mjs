import escapeHtml from 'escape-html';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { openGuestbook } from './guestbook.mjs';

const { PORT = '8080', HOST = '127.0.0.1', DATA_DIR = './data' } = process.env;
const release = JSON.parse(readFileSync(new URL('release.json', import.meta.url), 'utf8'));
const guestbook = await openGuestbook(DATA_DIR);
const MAX_ENTRY = 1000;

const server = createServer((request, response) => {
  route(request, response).catch((error) => {
    console.error(error);
    if (response.headersSent) return response.destroy();
    respond(response, error.status ?? 500, { error: error.status ? error.message : 'Something went wrong' });
  });
});

async function route(request, response) {
  const { pathname } = new URL(request.url, 'http://localhost');
  switch (`${request.method} ${pathname}`) {
    case 'GET /healthz':
      return respond(response, 200, {
        ok: true,
        release: release.version,
        entries: guestbook.entries().length,
      });
    case 'GET /':
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page());
      return;
    case 'GET /entries':
      return respond(response, 200, guestbook.entries());
    case 'POST /entries':
      return respond(response, 201, await guestbook.add(await readEntry(request)));
    default:
      return respond(response, 404, { error: 'Not found' });
  }
}

/** The text of a form's field `text`, or the whole body when it is plain text. */
async function readEntry(request) {
  let body = '';
  for await (const chunk of request.setEncoding('utf8')) {
    body += chunk;
    if (body.length > MAX_ENTRY * 4) throw problem(413, `An entry has at most ${MAX_ENTRY} characters`);
  }
  const isForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded');
  const text = (isForm ? (new URLSearchParams(body).get('text') ?? '') : body).trim();
  if (text === '' || text.length > MAX_ENTRY) throw problem(400, `An entry has 1 to ${MAX_ENTRY} characters`);
  return text;
}

function page() {
  const entries = guestbook.entries().toReversed();
  const items = entries.map(({ at, text }) => `<li><time>${escapeHtml(at)}</time> ${escapeHtml(text)}</li>`);
  return `<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <title>${escapeHtml(release.title)}</title>
  <h1>${escapeHtml(release.title)}</h1>
  <p>Release ${escapeHtml(release.version)}. ${entries.length} entries.</p>
  <form method="post" action="/entries"><input name="text" maxlength="${MAX_ENTRY}" required> <button>Sign</button></form>
  <ol>${items.join('\n')}</ol>
</html>
`;
}

function respond(response, status, body) {
  response.writeHead(status, { 'content-type': 'application/json' }).end(`${JSON.stringify(body)}\n`);
}

function problem(status, message) {
  return Object.assign(new Error(message), { status });
}

process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
  server.closeIdleConnections();
});

server.listen(Number(PORT), HOST, () => {
  console.log(`Guestbook ${release.version} listens on ${HOST}:${PORT}, data in ${DATA_DIR}`);
});
