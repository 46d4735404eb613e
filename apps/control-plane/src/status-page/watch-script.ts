/**
 * What the status page says of the watchers, as texts with their style: what was not looked at in time is never shown
 * as well.
 */
export const WATCH_SCRIPT = `
// Alarms are normally a few milliseconds late.
const LATE_MS = 5000;
const ago = (at, now) => at === null ? 'never' : Math.max(0, Math.round((now - at) / 1000)) + ' s ago';
const milliseconds = (ms) => ms === null ? 'an unknown time' : Math.round(ms) + ' ms';

function phaseWords({ phase, stale, lastCheckAt, now, tick }) {
  if (stale) return [phase + ', last seen ' + ago(lastCheckAt, now), 'stale'];
  if (tick.lagMs > LATE_MS) return [phase + ', watched ' + Math.round(tick.lagMs / 1000) + ' s late', 'stale'];
  return [phase, phase];
}

function watchWords({ watch, now }) {
  if (watch === null) return ['No sweep has looked for lost alarms yet.', 'stale'];
  const swept = 'Swept ' + ago(watch.sweptAt, now);
  if (watch.stale) return [swept + ': nobody watches the watchers.', 'suspect'];
  const unwell = [
    [watch.staleMachines, 'not looked at in time'],
    [watch.silentMachines, 'with an object that does not answer'],
    [watch.rearmed, 'with an alarm that was lost'],
  ].filter(([machines]) => machines.length > 0);
  const names = (machines) => machines.slice(0, 5).join(', ') + (machines.length > 5 ? ', ...' : '');
  const told = unwell.map(([machines, what]) => machines.length + ' ' + what + ' (' + names(machines) + ')');
  const lags = '; machines are watched ' + milliseconds(watch.medianLagMs) + ' late, at worst ' + milliseconds(watch.worstLagMs);
  return [[swept + lags, ...told].join('; ') + '.', told.length > 0 || watch.worstLagMs > LATE_MS ? 'stale' : ''];
}
`;
