/** Bugs in what is told to the audit log. */
import { inWorlds, type Mutant } from './mutant.ts';

export const AUDIT_MUTANTS: Mutant[] = [
  {
    name: 'command-is-not-told',
    file: 'core/src/machine/on-commanded.ts',
    text: 'if (by !== null) auditCommand(turn, { command, by, before });',
    instead: `if (by !== null && command.kind !== 'stop') auditCommand(turn, { command, by, before });`,
    breaks: 'S4',
    hunt: inWorlds(20),
  },
  {
    name: 'repeated-entry-is-another-row',
    file: 'core/src/project/numbered-messages.ts',
    text: 'if (number <= last) return false;',
    instead: '',
    breaks: 'S4',
    hunt: inWorlds(40),
  },
  {
    name: 'entries-overtake-each-other',
    file: 'core/src/machine/outbox.ts',
    text: `entry === first || !('number' in entry.message)`,
    instead: 'first === undefined || entry !== undefined',
    breaks: 'S4',
    hunt: inWorlds(60),
  },
  {
    name: 'unacknowledged-entry-is-forgotten',
    file: 'core/src/machine/on-delivered.ts',
    text: 'if (!event.ok) return;',
    instead: 'if (!event.ok && turn.record.outbox.length < 2) return;',
    breaks: 'S4',
    hunt: inWorlds(40),
  },
];
