import type { ReloadOutcome } from '../../contract.ts';

/** What a reload did, or would do, in one line; what must wait for pidnap's next start in another. */
export function formatReload(outcome: ReloadOutcome, isDry = false): string {
  const { added, removed, restarted, adjusted, unchanged, needsRestart } = outcome;
  const parts = [
    named('added', added),
    named('removed', removed),
    named('restarted', restarted),
    named('adjusted without a restart', adjusted),
  ].flat();
  const rest = `${unchanged.length} unchanged`;
  const what = parts.length === 0 ? `nothing to change, ${rest}` : `${parts.join('; ')}; ${rest}`;
  const lines = [isDry ? `a reload would do this: ${what}` : `reloaded: ${what}`];
  if (needsRestart.length > 0)
    lines.push(`changed, but not before pidnap itself is started again: ${needsRestart.join(', ')}`);
  return lines.join('\n');
}

function named(what: string, names: readonly string[]): string[] {
  return names.length === 0 ? [] : [`${what} ${names.join(', ')}`];
}
