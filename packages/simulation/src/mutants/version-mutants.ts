/** Bugs in what is decided about versions, rollouts, blame and evidence. */
import { inStates, inWorlds, type Mutant } from './mutant.ts';

const machine = (file: string): string => `core/src/machine/${file}.ts`;
const project = (file: string): string => `core/src/project/${file}.ts`;

/** Worlds in which several machines can be changed at once. */
const FLEET = 12;

export const VERSION_MUTANTS: Mutant[] = [
  {
    name: 'unproven-is-good-enough',
    file: machine('rollback-target'),
    text: "ledger.filter(({ state }) => state === 'works')",
    instead: "ledger.filter(({ state }) => state !== 'broken')",
    breaks: 'M8',
    hunt: inWorlds(80, FLEET),
  },
  {
    name: 'rollback-ignores-the-quarantine',
    file: machine('rollback-target'),
    text: '!isQuarantined(fleet, versions) && !isBroken(ledger, versions)',
    instead: '!isBroken(ledger, versions)',
    breaks: 'M8 P8',
    hunt: inWorlds(80, FLEET),
  },
  {
    name: 'proven-while-an-incident-is-open',
    file: machine('ledger'),
    text: 'if (inIncident) return { ...seen, healthySince: null, healthyChecks };',
    instead: '',
    breaks: 'M8',
    hunt: inWorlds(10),
  },
  {
    name: 'rollback-of-a-pinned-slot',
    file: machine('ladder'),
    text: 'if (fleet.pinned !== null) return',
    instead: "if (fleet.pinned === '') return",
    breaks: 'V3',
    hunt: inStates('pinned'),
  },
  {
    name: 'destroyed-before-evidence',
    file: machine('plan-recovery'),
    text: 'if (!hasLeave(turn, next) || !hasEvidence(turn, stepOf(next))) return;',
    instead: 'if (!hasLeave(turn, next)) return;',
    breaks: 'E1 E2',
    hunt: inWorlds(20),
  },
  {
    name: 'evidence-is-waited-for-for-ever',
    file: machine('on-woke'),
    text: 'if (!isSpent && !isEvidenceLate(record, pending, now)) return;',
    instead: "if (pending.do === 'collect-evidence' || !isSpent) return;",
    breaks: 'E1 E2',
    hunt: inStates('evidence'),
  },
  {
    name: 'blame-without-a-window',
    file: project('blame'),
    text: 'incidentAt - versionsSince <= withinMs;',
    instead: 'withinMs >= 0;',
    breaks: 'P8',
    hunt: inWorlds(20, FLEET),
  },
  {
    name: 'one-sick-machine-is-enough',
    file: project('blame'),
    text: 'const LEAST_SICK = 2;',
    instead: 'const LEAST_SICK = 1;',
    breaks: 'P8',
    hunt: inWorlds(20, FLEET),
  },
  {
    name: 'blame-says-nothing',
    file: project('machine-changed'),
    text: '  blameVersions(turn);\n',
    instead: '',
    breaks: 'P8',
    hunt: inWorlds(40, FLEET),
  },
  {
    name: 'replaced-by-what-is-quarantined',
    file: project('start-versions'),
    text: "if (risk === 'none') return wanted;",
    instead: "if (risk !== 'maybe') return wanted;",
    breaks: 'P8',
    hunt: inStates('quarantined'),
  },
  {
    name: 'nobody-leaves-what-is-quarantined',
    file: project('decide-project'),
    text: '  beginRevert(turn);\n',
    instead: '',
    breaks: 'P8',
    hunt: inWorlds(60, FLEET),
  },
  {
    name: 'goes-on-after-a-wave-that-hurt',
    file: project('rollout/watch-wave'),
    text: "if (standing.is === 'hurt') return turnBack(turn, `${slot}: ${standing.why}`);",
    instead: "if (standing.is === 'hurt') continue;",
    breaks: 'V1 V2',
    hunt: inWorlds(20, FLEET),
  },
  {
    name: 'goes-back-to-the-template',
    file: project('rollout/go-back'),
    text: 'const { refs, image } = namesOf(versions);',
    instead: 'const { refs, image } = { ...namesOf(versions), refs: record.template.versions };',
    breaks: 'V1 V2',
    hunt: inWorlds(40, FLEET),
  },
  {
    name: 'waves-grow-too-early',
    file: project('rollout/state'),
    text: 'firstWave * growth ** wavesBefore + 1e-9',
    instead: 'firstWave * growth ** (wavesBefore + 1) + 1e-9',
    breaks: 'V1 V2',
    hunt: inWorlds(20, FLEET),
  },
  {
    name: 'a-wave-does-not-bake',
    file: project('rollout/judge-wave'),
    text: 'return now >= good ?',
    instead: 'return now >= 0 ?',
    breaks: 'V1 V2',
    hunt: inWorlds(20, FLEET),
  },
  {
    name: 'pins-hold-nobody',
    file: project('slot-state'),
    text: 'return pins.find((one) => one.slot === slot)?.reason ?? null;',
    instead: "return pins.find((one) => one.slot === slot && one.reason === '')?.reason ?? null;",
    breaks: 'V3',
    hunt: inWorlds(60, FLEET),
  },
];
