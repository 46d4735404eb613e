/** What the status page says of a project's versions, as texts with their style: the rollout, and what is in quarantine. */
export const VERSIONS_SCRIPT = `
/** A rollout that has ended is shown for so long. */
const ROLLOUT_SHOWN_MS = 600000;

function rolloutWords({ rollout, now }) {
  if (rollout === null || (rollout.endedAt !== null && now - rollout.endedAt > ROLLOUT_SHOWN_MS)) return [];
  const { number, kind, state, waves, waiting, message, endedAt } = rollout;
  const good = waves.filter((wave) => wave.outcome === 'good').length;
  const left = waiting.length > 0 ? ', ' + waiting.length + ' waiting' : '';
  const when = endedAt === null ? '' : ' ' + ago(endedAt, now);
  const style = state === 'done' || state === 'running' ? '' : 'stale';
  return [['Rollout ' + number + ' (' + kind + ') ' + state + when + ': ' + good + ' of ' + waves.length + ' waves good' + left
    + '. ' + message, style]];
}

function incidentWords({ incidents, now }) {
  return incidents.filter(({ closedAt }) => closedAt === null).map(({ message, machines, openedAt }) =>
    ['Incident, opened ' + ago(openedAt, now) + ': ' + message + ' (' + machines.join(', ') + ')', 'suspect']);
}
`;
