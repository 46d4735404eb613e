/** Faults as data: what happens to a world, when, to whom, for how long and how much. */
import * as v from 'valibot';

/** Every kind of fault, with the rows of the reliability guide's fault matrix that it plays. */
export const FAULT_ROWS = {
  // the platform below the objects
  evict: [1],
  'crash-before-commit': [2, 14],
  'crash-after-commit': [3],
  'crash-after-send': [4],
  'crash-before-answer': [5],
  'process-killed': [6, 7, 40],
  'alarms-late': [8],
  'alarm-lost': [9],
  'alarm-stuck': [9],
  'stale-instance': [16],
  'clock-ahead': [39],
  'clock-back': [39],
  'region-outage': [42],
  'handler-throws': [10],
  // between the objects
  'messages-lost': [18],
  'acknowledgements-lost': [18],
  overloaded: [15],
  'messages-disordered': [17],
  // providers and hosts
  'provider-fails': [19],
  'answers-lost': [19],
  'provider-busy': [20],
  'listing-stale': [21],
  'listing-empty': [21],
  'foreign-host': [21],
  'operations-fail': [23],
  'operations-lost': [23],
  'operations-slow': [23],
  'operations-refused': [24],
  'host-slow': [23],
  'copies-corrupt': [51],
  'host-partition': [37],
  'host-without-power': [37],
  // the way to the machines
  partition: [32],
  'one-way-in': [33],
  'one-way-out': [33],
  'lossy-path': [34],
  'slow-path': [34],
  'reports-disordered': [17],
  // the machines
  'machine-vanishes': [22],
  'machine-recreated': [22],
  'machine-stops': [22],
  'machine-started': [24],
  'machine-paused': [22],
  'machine-ruined': [41],
  'memory-runs-out': [22],
  'machine-clock': [38],
  'service-crashes': [45],
  'service-gives-up': [45],
  'service-hangs': [45],
  'service-hangs-stubbornly': [45],
  'daemon-gives-up': [45],
  'daemon-hangs': [45],
  'pidnap-hangs': [45],
  flapping: [45],
  'lying-daemon': [49],
  'mass-failure': [41],
  // what people do
  'poison-version': [43],
  'known-good-vanishes': [44],
  'good-version': [43],
  'operator-stop': [52],
  'operator-restart': [52],
  'policy-changed': [52],
  // what is rolled out, and what people do about it
  'rollout-good': [43],
  'rollout-crashes': [43],
  'rollout-sickens': [43],
  'rollout-fails': [44],
  'rollout-image': [43],
  'rollout-bad-image': [43],
  'rollout-stopped': [52],
  'slot-pinned': [52],
  'versions-quarantined': [52],
  'quarantine-lifted': [52],
  // where evidence is kept
  'bucket-away': [51],
  'bucket-slow': [51],
} as const;

export type FaultKind = keyof typeof FAULT_ROWS;

export const FAULT_KINDS = Object.keys(FAULT_ROWS) as FaultKind[];

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** One fault. */
export const Fault = v.strictObject({
  /** Milliseconds after the start of the world. */
  at: count,
  kind: v.picklist(FAULT_KINDS),
  /** Which machine, host or project it hits, counted through all of them; kinds that hit the whole world ignore it. */
  target: count,
  /** How long it lasts, in ms; 0 for what happens in a moment. */
  forMs: count,
  /** How much: a share of messages, machines or time, as the kind has it. */
  share: v.pipe(v.number(), v.minValue(0), v.maxValue(1)),
});
export type Fault = v.InferOutput<typeof Fault>;
