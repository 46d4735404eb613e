/** Bugs in the objects around the core, and in what receives their effects, as the simulator has them. */
import { inStates, inWorlds, type Mutant } from './mutant.ts';

const world = (file: string): string => `simulation/src/world/${file}.ts`;

export const OBJECT_MUTANTS: Mutant[] = [
  {
    name: 'effect-before-intent',
    file: world('record-keeper'),
    text: "if (commitOf({ before, event, decision, now }) === 'now')",
    instead: "if (event.type === 'commanded' && commitOf({ before, event, decision, now }) === 'now')",
    breaks: 'M3',
    hunt: inWorlds(5),
  },
  {
    name: 'no-compare-before-sending',
    file: 'simulation/src/explore/machine-object.ts',
    text: "return send.kind === 'message' || record.pending?.ref.id === send.action.ref.id;",
    instead: 'return record !== null && send !== null;',
    breaks: 'M10',
    hunt: inStates('wishes'),
  },
  {
    name: 'constructor-sets-the-alarm-anew',
    file: world('machine-object'),
    text: 'this.keeper = new RecordKeeper(context, around);',
    instead:
      'this.keeper = new RecordKeeper(context, around);\n    if (context.read() !== null) context.setAlarm(context.now() + 30_000);',
    breaks: 'M1 M2',
    hunt: inWorlds(80),
  },
  {
    name: 'run-ends-without-an-alarm',
    file: world('record-keeper'),
    text: 'this.commit(kept, wakeAt(kept.record, this.context.now()));',
    instead: 'this.commit(kept, null);',
    breaks: 'M1',
    hunt: inWorlds(5),
  },
  {
    name: 'alarm-set-to-the-time-that-fires',
    file: world('object-alarm'),
    text: 'const at = wakeAt !== null && wakeAt === this.firedFor ? wakeAt + 1 : wakeAt;',
    instead:
      'const at = wakeAt !== null && this.firedFor !== null ? Math.min(wakeAt, this.firedFor) : wakeAt;',
    breaks: 'M1',
    hunt: inWorlds(10),
  },
  {
    name: 'delivered-whatever-happened',
    file: world('machine-object'),
    text: "return { type: 'delivered', entryId: sent.id, ok: false };",
    instead: "return { type: 'delivered', entryId: sent.id, ok: true };",
    breaks: 'P3',
    hunt: inWorlds(60),
  },
  {
    name: 'sweep-repairs-nothing',
    file: world('object-alarm'),
    text: 'this.set(this.context.now() + 1);',
    instead: '',
    breaks: 'M2',
    hunt: inWorlds(20),
  },
  {
    name: 'sweep-skips-one',
    file: world('project-object'),
    text: 'for (const machineId of watchedMachines(record)) {',
    instead: 'for (const machineId of watchedMachines(record).slice(1)) {',
    breaks: 'M2',
    hunt: inWorlds(20),
  },
  {
    name: 'project-takes-silence-for-consent',
    file: world('project-object'),
    text: 'ok = false;',
    instead: 'ok = true;',
    breaks: 'P3',
    hunt: inWorlds(40),
  },
  {
    name: 'receiver-forgets-what-it-did',
    file: world('host'),
    text: 'if (entry.outcomes.has(request.ref.id)) {',
    instead: "if (request.ref.id === '') {",
    breaks: 'M3',
    hunt: inWorlds(40),
  },
];
