import { describe, expect, it } from 'vitest';
import { memoryJournal, type ProviderJournal } from '../journal.ts';
import { ProviderError } from '../machine-provider.ts';
import { lastCopyOf, operationOf } from './cloud-entry.ts';
import { OperationLog, refused } from './operation-log.ts';
import type { Work } from './work.ts';

type Facts = { mark: string | null };
const MACHINE = 'demo.web-1.1';
const NOW = 1_700_000_000_000;
const action = (sequence: number) => ({ id: `${MACHINE}/${sequence}`, sequence });

function open(journal: ProviderJournal<unknown> = memoryJournal(), now = () => NOW) {
  const log = new OperationLog<Facts>({ journal, noFacts: { mark: null }, now });
  const operation = () => {
    const entry = log.entry(MACHINE);
    return entry === null ? null : operationOf(entry);
  };
  const begins: number[] = [];
  const act = (sequence: number, begin: (work: Work<Facts>) => Promise<void> = async () => undefined) =>
    log.act('start', MACHINE, action(sequence), (work) => {
      begins.push(sequence);
      return begin(work);
    });
  return { log, operation, act, begins };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as ProviderError).code;
  }
  return 'none';
}

const lost = () => Promise.reject(new ProviderError('HOST_UNREACHABLE', 'The answer was lost'));

describe('an action', () => {
  it('begins once, however often it is asked', async () => {
    const { act, begins, operation } = open();
    await Promise.all([act(1), act(1)]);
    await act(1);
    expect(begins).toEqual([1]);
    expect(operation()).toMatchObject({ action: action(1), status: 'running', startedAt: NOW });
  });

  it('begins again under the same id when its answer was lost, and knows what was sent', async () => {
    const { act, begins, operation } = open();
    const steps: string[] = [];
    const begin = async (work: Work<Facts>) => {
      steps.push(work.doing.step);
      work.sending('call');
      if (steps.length === 1) await lost();
    };
    expect(await codeOf(act(1, begin))).toBe('HOST_UNREACHABLE');
    expect(operation()).toBeNull();
    await act(1, begin);
    expect(begins).toEqual([1, 1]);
    expect(steps).toEqual(['', 'call']);
    expect(operation()).toMatchObject({ status: 'running' });
  });

  it('is refused when it is older than one that was accepted, also by another instance', async () => {
    const journal = memoryJournal<unknown>();
    await open(journal).act(7);
    const { act, begins } = open(journal);
    expect(await codeOf(act(6))).toBe('STALE_ACTION');
    expect(begins).toEqual([]);
  });

  it('is refused when its id was used for something else, or is of another machine', async () => {
    const { log, act } = open();
    await act(2);
    const nothing = async () => undefined;
    expect(await codeOf(log.act('stop', MACHINE, action(2), nothing))).toBe('CONFLICT');
    expect(await codeOf(log.act('stop', MACHINE, { id: 'demo.other.1/9', sequence: 9 }, nothing))).toBe(
      'BAD_REQUEST',
    );
  });

  it('fails in its operation when the provider refuses it for good', async () => {
    const { act, operation } = open();
    await act(1, async () => {
      throw refused('IMAGE_NOT_FOUND', 'There is no such image');
    });
    expect(operation()).toMatchObject({
      status: 'failed',
      finishedAt: NOW,
      error: { code: 'IMAGE_NOT_FOUND', message: 'There is no such image' },
    });
  });

  it('fails and is told at once when the key is refused', async () => {
    const { act, operation } = open();
    const code = codeOf(
      act(1, async () => {
        throw new ProviderError('PROVIDER_KEY_REFUSED', 'expired');
      }),
    );
    expect(await code).toBe('PROVIDER_KEY_REFUSED');
    expect(operation()).toMatchObject({ status: 'failed', error: { code: 'PROVIDER_KEY_REFUSED' } });
  });

  it.each(['NO_CAPACITY', 'RATE_LIMITED'] as const)(
    'leaves no trace but facts when nothing came of it: %s',
    async (code) => {
      const { log, act, operation } = open();
      await act(1);
      const before = operation();
      const refusedForNow = act(2, async (work) => {
        work.note({ mark: 'm' });
        throw new ProviderError(code, 'later');
      });
      expect(await codeOf(refusedForNow)).toBe(code);
      expect(operation()).toEqual(before);
      expect(log.entry(MACHINE)).toMatchObject({ highest: 1, facts: { mark: 'm' } });
    },
  );

  it('sends nothing when the journal cannot be written', async () => {
    const dead: ProviderJournal<unknown> = {
      read: () => null,
      write: () => {
        throw new Error('This instance is no longer the living one');
      },
    };
    const { act, begins } = open(dead);
    await expect(act(1)).rejects.toThrow('no longer the living one');
    expect(begins).toEqual([]);
  });
});

describe('a look', () => {
  it('knows nothing of a machine that nothing was asked of', async () => {
    expect(await open().log.look(MACHINE, async (work) => work)).toBeNull();
  });

  it('does not carry on what was never taken', async () => {
    const { log, act } = open();
    await codeOf(act(1, lost));
    expect(await log.look(MACHINE, async (work) => work?.running)).toBeNull();
  });

  it('ends an operation that never ends by itself', async () => {
    let now = NOW;
    const { log, act, operation } = open(memoryJournal(), () => now);
    await act(1);
    now += 16 * 60_000;
    await log.look(MACHINE, async () => undefined);
    expect(operation()).toMatchObject({ status: 'failed', error: { code: 'DEADLINE_EXCEEDED' } });
  });

  it('writes nothing when nothing is new', async () => {
    let writes = 0;
    const memory = memoryJournal<unknown>();
    const { log, act } = open({
      read: memory.read,
      write: (machineId, entry) => {
        writes += 1;
        memory.write(machineId, entry);
      },
    });
    await act(1, async (work) => work.done());
    const before = writes;
    await log.look(MACHINE, async (work) => work?.note({ mark: null }));
    expect(writes).toBe(before);
  });
});

it('tells copies without the name that only the provider knows', () => {
  const copy = { copyId: 'c', machineId: MACHINE, takenAt: NOW, bytes: null, sha256: null };
  expect(lastCopyOf({ copies: [{ ...copy, providerId: 'p' }] })).toEqual(copy);
  expect(lastCopyOf({ copies: [] })).toBeNull();
});
