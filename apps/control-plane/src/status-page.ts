/**
 * A plain page that shows the fleet. It is static and knows nothing: the browser asks the operator API, with the token
 * from the part of the address behind `#`, which browsers never send.
 */
const PAGE = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Fettle</title>
<style>
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 76rem; padding: 0 1rem; }
  h1 { font-size: 1.3rem; margin: 0; } h2 { font-size: 1rem; margin: 2rem 0 .4rem; }
  table { border-collapse: collapse; width: 100%; } th { font-weight: 600; }
  th, td { text-align: left; padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
  code { font: 13px ui-monospace, monospace; } small { opacity: .7; }
  .healthy { color: #178a4c; } .settling, .starting, .provisioning, .stale { color: #b07a00; }
  .suspect, .recovering, .bricked { color: #c2372c; font-weight: 600; }
</style>
</head>
<body>
<h1>Fettle</h1>
<p id="state" role="status">Asking…</p>
<div id="fleet"></div>
<script>
const token = decodeURIComponent(location.hash.slice(1));
const state = document.getElementById('state');
const fleet = document.getElementById('fleet');
const cell = (name, text, kind) => Object.assign(document.createElement(name), { textContent: text, className: kind ?? '' });

async function ask(path, input) {
  const response = await fetch('/api/rpc/' + path, {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  const { json } = await response.json();
  if (!response.ok) throw new Error(json.message);
  return json;
}

const ago = (at, now) => at === null ? 'never' : Math.max(0, Math.round((now - at) / 1000)) + ' s ago';
const short = (hash) => hash === undefined ? '?' : hash.slice(0, 7);
const row = (name, texts) => {
  const line = document.createElement('tr');
  for (const text of texts) line.append(Array.isArray(text) ? cell(name, text[0], text[1]) : cell(name, text));
  return line;
};

function table(titles, rows) {
  const all = document.createElement('table');
  all.append(row('th', titles), ...rows);
  return all;
}

function machineRow(slot, machine) {
  if (!machine) return row('td', [slot.slot, slot.plan?.newMachineId ?? '', slot.phase ?? 'waiting', '', '', '', slot.plan?.message ?? '']);
  const phase = machine.stale ? [machine.phase + ' (stale)', 'stale'] : [machine.phase, machine.phase];
  const versions = machine.versions ? short(machine.versions.platform) + ' / ' + short(machine.versions.customer) : '';
  const why = machine.verdict?.findings.map((finding) => finding.message).join('; ') || machine.lastEvent?.message || '';
  const services = machine.services.map((service) => service.name + ' ' + service.state).join(', ');
  return row('td', [slot.slot, machine.identity.machineId, phase, versions, machine.level ?? '', services, why + ' (checked ' + ago(machine.lastCheckAt, machine.now) + ')']);
}

async function show() {
  const parts = [];
  for (const { project } of await ask('projects/list')) {
    const [view, machines] = await Promise.all([ask('projects/get', { project }), ask('machines/list', { project })]);
    const byId = new Map(machines.map((machine) => [machine.identity.machineId, machine]));
    parts.push(cell('h2', project));
    if (view.stormGuard) parts.push(cell('p', view.stormGuard, 'recovering'));
    parts.push(table(['slot', 'machine', 'phase', 'platform / customer', 'level', 'services', 'last'],
      view.slots.map((slot) => machineRow(slot, byId.get(slot.machineId ?? slot.plan?.newMachineId)))));
    if (view.notices.length > 0) {
      parts.push(cell('h2', 'Notices'), table(['when', 'what', ''],
        view.notices.slice(0, 20).map((notice) => row('td', [ago(notice.at, view.now), notice.kind, notice.message]))));
    }
  }
  fleet.replaceChildren(...parts);
  state.textContent = parts.length === 0 ? 'There is no project yet.' : 'Live, by the control plane\\u2019s clock.';
}

async function loop() {
  try {
    await show();
  } catch (error) {
    state.textContent = token === ''
      ? 'The address lacks the operator token: open the one that npm start printed, or add #<token>.'
      : 'Not shown live: ' + error.message;
  }
  setTimeout(loop, 2000);
}
loop();
</script>
</body>
</html>
`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

/** The status page; the same for everybody. */
export function statusPage(): Response {
  return new Response(PAGE, { headers: HEADERS });
}
