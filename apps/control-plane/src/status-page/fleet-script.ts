/** Tables of the status page, as the browser makes them, and the loop that keeps them fresh. Needs `takeToken`. */
export const FLEET_SCRIPT = `
let token = takeToken();
// Whoever adds one to the address of the open page loads nothing anew.
addEventListener('hashchange', () => { token = takeToken() || token; });
const state = document.getElementById('state');
const fleet = document.getElementById('fleet');
const cell = (name, content, kind) => {
  const element = document.createElement(name);
  element.append(...[content].flat());
  element.className = kind ?? '';
  return element;
};

async function ask(path, input) {
  const response = await fetch('/api/v1/rpc/' + path, {
    method: 'POST',
    headers: { authorization: 'Bearer ' + token, 'content-type': 'application/json' },
    body: JSON.stringify({ json: input }),
  });
  const { json } = await response.json();
  if (!response.ok) throw new Error(json.message);
  return json;
}

const short = (hash) => hash === undefined ? '?' : hash.slice(0, 7);
const row = (cells) => {
  const line = document.createElement('tr');
  line.append(...cells);
  return line;
};

function table(titles, rows) {
  const all = document.createElement('table');
  all.append(row(titles.map((title) => cell('th', title))), ...rows);
  return all;
}

function machineRow(project, slot, machine) {
  const td = (content, kind) => cell('td', content, kind);
  if (!machine) {
    const silent = slot.machineId !== null;
    const words = [slot.slot, slot.machineId ?? slot.plan?.newMachineId ?? '', slot.phase ?? 'waiting', '', '', '', '', '', slot.plan?.message ?? ''];
    return row(words.map((text, at) => at === 2 && silent ? td(text + ' (its object does not answer)', 'stale') : td(text)));
  }
  const { machineId } = machine.identity;
  const phase = td(...phaseWords(machine));
  const versions = machine.versions ? short(machine.versions.platform) + ' / ' + short(machine.versions.customer) : '';
  const why = machine.verdict?.findings.map((finding) => finding.message).join('; ') || machine.lastEvent?.message || '';
  const services = machine.services.map((service) => service.name + ' ' + service.state).join(', ');
  return row([td(slot.slot), td(machineId), phase, td(versions), td(String(machine.level ?? '')), td(services),
    td(cpuCell(project, machineId, machine.now), 'figure'), td(memoryCell(project, machineId, machine.now), 'figure'),
    td(why + ' (checked ' + ago(machine.lastCheckAt, machine.now) + ')', machine.stale ? 'stale' : '')]);
}

const TITLES = ['slot', 'machine', 'phase', 'platform / customer', 'level', 'services', 'cpu, 30 min', 'memory, 30 min', 'last'];

async function projectParts(project) {
  const [view, machines] = await Promise.all([ask('projects/get', { project }), ask('machines/list', { project })]);
  void loadHistory(project, machines.length);
  const byId = new Map(machines.map((machine) => [machine.identity.machineId, machine]));
  const why = histories.get(project)?.why;
  return [
    cell('h2', project),
    cell('p', ...watchWords(view)),
    ...[...incidentWords(view), ...rolloutWords(view)].map((words) => cell('p', ...words)),
    ...(view.stormGuard ? [cell('p', view.stormGuard, 'recovering')] : []),
    ...(why ? [cell('p', 'CPU and memory cannot be shown live: ' + why, 'stale')] : []),
    table(TITLES, view.slots.map((slot) => machineRow(project, slot, byId.get(slot.machineId ?? slot.plan?.newMachineId)))),
    ...(view.notices.length === 0 ? [] : [cell('h2', 'Notices'), table(['when', 'what', ''],
      view.notices.slice(0, 20).map((notice) => row([ago(notice.at, view.now), notice.kind, notice.message].map((text) => cell('td', text)))))]),
  ];
}

async function show() {
  const parts = [];
  for (const { project } of await ask('projects/list')) parts.push(...(await projectParts(project)));
  fleet.replaceChildren(...parts);
  state.textContent = parts.length === 0 ? 'There is no project yet.' : 'Live, by the control plane’s clock.';
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
`;
