import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import * as fc from 'fast-check';
import * as v from 'valibot';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from './journal.ts';

let dir: string;
let path: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'pidnap-journal-'));
  path = join(dir, 'notes.jsonl');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(dir, { recursive: true, force: true });
});

const FORMAT = { format: 'notes', version: 3 };
const Note = v.strictObject({ key: v.string(), text: v.string() });
type Note = v.InferOutput<typeof Note>;

/** A journal with the owner it needs: the newest note of each key is what is known. */
function openNotes(at = path) {
  const known = new Map<string, Note>();
  const seen: Note[] = [];
  const journal = new Journal<Note>({
    path: at,
    format: FORMAT,
    parse: (value) => v.parse(Note, value),
    known: () => known.values(),
  });
  const take = (note: Note) => known.set(note.key, note);
  journal.replay((note) => {
    seen.push(note);
    take(note);
  });
  return {
    /** What was in the file. */
    seen,
    known,
    journal,
    append(...notes: Note[]) {
      notes.forEach(take);
      journal.append(notes);
    },
  };
}

const note = (key: string, text = ''): Note => ({ key, text });
const lines = () => readFileSync(path, 'utf8').trimEnd().split('\n');
const hear = () => vi.spyOn(console, 'error').mockImplementation(() => {});

describe('what was appended', () => {
  it('is read back in order, over as many openings as there are', () => {
    openNotes().append(note('a', '1'), note('b', '2'));
    openNotes().append(note('a', '3'));
    expect(openNotes().seen).toEqual([note('a', '1'), note('b', '2'), note('a', '3')]);
  });

  it('is in the file when append returns', () => {
    const notes = openNotes();
    notes.append(note('a'));
    expect(lines()).toEqual([JSON.stringify(FORMAT), JSON.stringify(note('a'))]);
    notes.append(note('b'), note('c'));
    expect(lines()).toHaveLength(4);
  });

  it('can be read by its owner alone', () => {
    openNotes().append(note('a'));
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  it('leaves no file behind before there is anything to remember', () => {
    const notes = openNotes();
    notes.append();
    expect(existsSync(path)).toBe(false);
  });

  it('ends with close: another process may own the file by then', () => {
    const notes = openNotes();
    notes.append(note('a'));
    notes.journal.close();
    notes.append(note('b'));
    expect(openNotes().seen).toEqual([note('a')]);
  });

  it('is a prefix of it wherever the file is cut, and later appends follow on it', () => {
    const heard = hear();
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.constant('a\nb\r\n\u2028"\\'));
    const batches = fc.array(fc.array(fc.record({ key: fc.constantFrom('a', 'b'), text }), { maxLength: 4 }));
    fc.assert(
      fc.property(batches, fc.nat(), (appended, cutAt) => {
        rmSync(path, { force: true });
        const notes = openNotes();
        for (const batch of appended) notes.append(...batch);
        notes.journal.close();
        const all = appended.flat();
        const size = all.length > 0 ? statSync(path).size : 0;
        const cut = cutAt % (size + 1);
        if (size > 0) truncateSync(path, cut);
        const whole = size > 0 ? Math.max(0, readFileSync(path, 'utf8').split('\n').length - 2) : 0;

        const after = openNotes();
        expect(after.seen).toEqual(all.slice(0, whole));
        after.append(note('later'));
        expect(openNotes().seen).toEqual([...all.slice(0, whole), note('later')]);
      }),
    );
    expect(heard).not.toHaveBeenCalled();
  });
});

describe('a file that is not as it was written', () => {
  it.each([
    ['no JSON', '{"key":"b","te'],
    ['not an entry', '{"name":"b"}'],
    ['full of zeros after a power cut', '\0'.repeat(100)],
  ])('with a line in the middle that is %s gives everything else and is kept', (_what, line) => {
    const heard = hear();
    openNotes().append(note('a', '1'));
    appendFileSync(path, `${line}\n${JSON.stringify(note('c', '3'))}\n`);
    const broken = readFileSync(path);
    expect(openNotes().seen).toEqual([note('a', '1'), note('c', '3')]);
    expect(readFileSync(`${path}.broken`)).toEqual(broken);
    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.stringContaining(`kept as ${path}.broken`));
    expect(openNotes().seen).toEqual([note('a', '1'), note('c', '3')]);
    expect(heard).toHaveBeenCalledTimes(1);
  });

  it.each([
    ['of a newer version', `${JSON.stringify({ ...FORMAT, version: 4 })}\n${JSON.stringify(note('a'))}\n`],
    ['of another kind', 'something else\n'],
  ])('%s is kept aside and begun anew', (_what, content) => {
    const heard = hear();
    writeFileSync(path, content);
    const notes = openNotes();
    expect(notes.seen).toEqual([]);
    expect(readFileSync(`${path}.broken`, 'utf8')).toBe(content);
    notes.append(note('b'));
    expect(openNotes().seen).toEqual([note('b')]);
    expect(heard).toHaveBeenCalledExactlyOnceWith(expect.stringContaining('does not begin with'));
  });

  it('that was left half written beside it is of no account', () => {
    openNotes().append(note('a'));
    writeFileSync(`${path}.new`, '{"format"');
    expect(openNotes().seen).toEqual([note('a')]);
  });
});

describe('a file that grows', () => {
  const big = (key: string, byte = 'x') => note(key, byte.repeat(100_000));

  it('shrinks to what is known', async () => {
    const notes = openNotes();
    for (let i = 0; i < 12; i++) notes.append(big(i % 2 === 0 ? 'even' : 'odd'));
    await nextTurn();
    expect(lines()).toEqual([FORMAT, big('even'), big('odd')].map((entry) => JSON.stringify(entry)));
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(existsSync(`${path}.new`)).toBe(false);
    notes.append(note('even', 'newer'));
    expect([...openNotes().known.values()]).toEqual([note('even', 'newer'), big('odd')]);
  });

  it('is not rewritten again before it is four times as long', async () => {
    const notes = openNotes();
    for (let i = 0; i < 12; i++) notes.append(big(`${i}`));
    await nextTurn();
    const { ino } = statSync(path);
    for (let i = 0; i < 12; i++) notes.append(big(`${i}`));
    await nextTurn();
    expect(statSync(path).ino).toBe(ino);
    for (let i = 0; i < 36; i++) notes.append(big(`${i % 12}`));
    await nextTurn();
    expect(statSync(path).ino).not.toBe(ino);
    expect(lines()).toHaveLength(13);
  });
});

describe('a disk that does not take it', () => {
  it('is told of once; the next success brings everything that is known', () => {
    const heard = hear();
    const later = join(dir, 'later');
    const notes = openNotes(join(later, 'notes.jsonl'));
    notes.append(note('a', '1'));
    notes.append(note('b', '1'));
    notes.append(note('a', '2'));
    expect(heard.mock.calls).toEqual([[expect.stringMatching(/cannot write .*ENOENT/)]]);
    mkdirSync(later);
    notes.append(note('c', '1'));
    const after = openNotes(join(later, 'notes.jsonl'));
    expect([...after.known.values()]).toEqual([note('a', '2'), note('b', '1'), note('c', '1')]);
    expect(heard.mock.calls).toHaveLength(2);
    expect(heard.mock.lastCall).toEqual([expect.stringContaining('is written again')]);
  });

  it('does not keep its owner from starting: what cannot be read is told and kept', () => {
    const heard = hear();
    mkdirSync(path);
    const notes = openNotes();
    notes.append(note('a'));
    expect([...notes.known.values()]).toEqual([note('a')]);
    expect(heard.mock.calls.flat().join('\n')).toMatch(/EISDIR/);
  });
});
