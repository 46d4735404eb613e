/**
 * What the machines used lately, as the browser asks for it: one question for each project, every ten seconds and only
 * while somebody looks. Needs `ask` and the charts.
 */
export const HISTORY_SCRIPT = `
const HISTORY_EVERY_MS = 10000;
const MAX_ROWS = 10000;
/** Machines report every 30 s: three reports that did not come are a gap. */
const REPORT_SECONDS = 30;

/** By project: when it was asked last, and what the last answer was: how wide its steps are and its rows by machine, or why there is none. */
const histories = new Map();

/** Steps of ten seconds, wider for a large fleet, so that half an hour of every machine fits into one answer. */
function stepSecondsFor(machines) {
  return Math.max(1, Math.ceil((machines * CHART.seconds) / MAX_ROWS / 10)) * 10;
}

async function loadHistory(project, machines) {
  const history = histories.get(project) ?? { askedAt: -Infinity, isAsking: false, stepSeconds: 0, byMachine: new Map(), why: null };
  if (document.hidden || history.isAsking || Date.now() - history.askedAt < HISTORY_EVERY_MS) return;
  histories.set(project, history);
  const stepSeconds = stepSecondsFor(machines);
  Object.assign(history, { askedAt: Date.now(), isAsking: true });
  try {
    const { rows } = await ask('metrics/query',
      { name: 'machine-history', project, lastMs: CHART.seconds * 1000, stepMs: stepSeconds * 1000, limit: MAX_ROWS });
    Object.assign(history, { stepSeconds, byMachine: Map.groupBy(rows.toReversed(), (row) => row.machine), why: null });
  } catch (error) {
    history.why = error.message;
  }
  history.isAsking = false;
}

const percent = (value) => Math.round(value) + ' %';
const megabytes = (value) => Math.round(value) + ' MB';

function cpuCell(project, machineId, now) {
  return figureCell(project, machineId, now, { name: 'CPU', kind: 'cpu', column: 'cpuPercent', say: percent, top: () => 100 });
}

function memoryCell(project, machineId, now) {
  const total = (rows) => rows.findLast((row) => row.memoryTotalMb !== null)?.memoryTotalMb;
  return figureCell(project, machineId, now, {
    name: 'Memory', kind: 'memory', column: 'memoryUsedMb', say: megabytes,
    top: (rows, values) => total(rows) ?? Math.max(1, ...values.map((one) => one.value)),
    of: (rows) => total(rows) === undefined ? '' : ' of ' + megabytes(total(rows)),
  });
}

/** A chart with its last value as text. What is not known is said, and never drawn as 0. */
function figureCell(project, machineId, now, { name, kind, column, say, top, of = () => '' }) {
  const history = histories.get(project);
  const rows = history?.byMachine.get(machineId) ?? [];
  const values = rows.filter((row) => row[column] !== null).map((row) => ({ time: row.time, value: row[column] }));
  const last = values.at(-1);
  if (!last) return [cell('small', history?.why ? 'not known' : rows.length > 0 ? 'not measured' : 'no history yet')];
  const gapSeconds = Math.max(3 * REPORT_SECONDS, 3 * history.stepSeconds);
  const path = chartPath(values, { now: now / 1000, top: top(rows, values), gapSeconds });
  const age = Math.round(now / 1000 - last.time);
  const text = say(last.value) + of(rows) + (age > gapSeconds ? ', ' + Math.round(age / 60) + ' min ago' : '');
  return [drawChart(path, describeChart(name + ' of ' + machineId, values, say), kind), cell('small', text)];
}
`;
