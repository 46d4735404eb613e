import type {
  DataCopy,
  EvidenceBundle,
  EvidencePart,
  InsideEvidence,
  Inspection,
  Snapshot,
  TimelineEvent,
} from '@fettle/contract';
import type { PendingAction } from '@fettle/core';
import type { MachineProvider } from '../providers/machine-provider.ts';
import { withDeadline } from '../with-deadline.ts';
import { collectInside } from './collect-inside.ts';
import type { EvidenceBody, EvidenceStore } from './evidence-store.ts';

/** The action that asks for evidence. */
export type EvidenceAction = Extract<PendingAction, { do: 'collect-evidence' }>;

/** Collects one bundle. Rejects when there is nowhere to keep it. */
export type CollectEvidence = (action: EvidenceAction) => Promise<EvidenceBundle>;

/** How long the bucket may take to tell what is in a bundle; the core waits for one more call than for evidence. */
const LIST_MS = 2000;
/** What is left at least to keep what the machine told at the last moment. */
const LEAST_KEEP_MS = 1000;

/**
 * Keeps what is known of a machine before something destructive is done to it: the provider's word, the last looks and
 * events, and what its runtime finds inside. What cannot be had is in `missing`, with why; nothing of it makes the whole
 * fail. Repeating it replaces the same bundle. Takes `timeoutMs` and 3 s at most.
 */
export async function collectEvidence(options: {
  action: EvidenceAction;
  machineId: string;
  provider: MachineProvider;
  store: EvidenceStore;
  /** The newest first. */
  snapshots: Snapshot[];
  /** The newest first. */
  events: TimelineEvent[];
  lastCopy: DataCopy | null;
  timeoutMs: number;
  now: number;
}): Promise<EvidenceBundle> {
  const { action, machineId, provider, store, timeoutMs, now } = options;
  const bundle = { machineId, id: String(action.ref.sequence) };
  const missing: EvidenceBundle['missing'] = [];
  let copy = options.lastCopy;
  let inside: InsideEvidence | null = null;
  const startedAt = Date.now();
  const leftMs = () => Math.max(LEAST_KEEP_MS, startedAt + timeoutMs - Date.now());

  const keep = async (part: EvidencePart, content: () => Promise<EvidenceBody> | EvidenceBody) => {
    const whole = async () => store.put({ ...bundle, part }, await content());
    try {
      await withDeadline(whole(), leftMs());
    } catch (error) {
      missing.push({ part, why: wordsOf(error) });
    }
  };
  await Promise.all([
    keep('snapshots.json', () => text(options.snapshots)),
    keep('events.json', () => text(options.events)),
    keep('provider.json', async () => {
      const inspection: Inspection = await provider.inspect(machineId);
      copy = inspection.lastCopy ?? copy;
      return text(inspection);
    }),
    (async () => {
      try {
        inside = await collectInside({ provider, ...bundle, timeoutMs });
      } catch (error) {
        missing.push({ part: 'inside.json', why: wordsOf(error) });
      }
    })(),
  ]);
  const told = inside as InsideEvidence | null;
  // A machine that reaches nobody can still have told its provider.
  if (told !== null && !told.stored.includes('inside.json')) await keep('inside.json', () => text(told));
  const parts = await withDeadline(store.parts(bundle), LIST_MS);
  const isThere = (part: EvidencePart) => parts.some((one) => one.part === part);
  return {
    ...bundle,
    incident: action.incident,
    level: action.level,
    takenAt: now,
    parts,
    missing: [...missing, ...(told?.missing ?? [])].filter(({ part }) => !isThere(part)),
    work: (told?.work ?? []).filter(({ repository }) => isThere(`work-${repository}.bundle`)),
    copyAgeMs: copy === null ? null : Math.max(0, now - copy.takenAt),
  };
}

function text(value: unknown): string {
  return JSON.stringify(value, null, 2);
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
