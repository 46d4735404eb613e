import type { AuditHead, AuditRow } from '@fettle/contract';
import { EMPTY_CHAIN, type ChainEnd } from '@fettle/core/audit-chain';
import type { AuditStore } from './audit-store.ts';

/** A chain is compared with its second place, and what is new is written there, at most this often. */
export const EXPORT_EVERY_MS = 300_000;
/** Rows of one object in the bucket: a row has at most about 10 KB. */
const ROWS_AT_ONCE = 500;
/** Objects that one run writes; what is left over is written by the next. */
const MOST_OBJECTS = 10;
/** Heads that are told: the newest. At one for every 5 minutes, these are more than two weeks. */
const MOST_HEADS = 5000;
const DIGITS = 12;

/**
 * Copies a chain to a bucket, where the object that makes it cannot change it: `audit/<chain>/<from>-<to>.jsonl` has the
 * rows, its metadata the head. A key is written once and never again. What is there already decides: a run begins with
 * looking for what was exported after what the object remembers, so that an object that was set back in time is found out.
 */
export class AuditExport {
  private readonly store: AuditStore;
  private readonly bucket: R2Bucket | undefined;
  private readonly chain: string;

  constructor(store: AuditStore, bucket: R2Bucket | undefined, chain: string) {
    this.store = store;
    this.bucket = bucket;
    this.chain = chain;
  }

  /**
   * Does what is due. Answers the exported head that the chain does not go on from, the first time that this is found;
   * then nothing is written any more.
   */
  async run(now: number): Promise<ChainEnd | null> {
    const known = this.store.exported();
    // A clock that has stepped back must not hold exports up.
    if (this.bucket === undefined || (now >= known.at && now - known.at < EXPORT_EVERY_MS)) return null;
    const head = await lastHead(this.bucket, this.chain, known);
    if (this.store.endAt(head.seq)?.hash !== head.hash) {
      const misfit = `${head.seq}:${head.hash}`;
      this.store.saveExported({ ...known, at: now, misfit });
      return known.misfit === misfit ? null : head;
    }
    const end = await this.write(this.bucket, head, now);
    this.store.saveExported({ seq: end.seq, hash: end.hash, at: now, misfit: null });
    return null;
  }

  private async write(bucket: R2Bucket, from: ChainEnd, now: number): Promise<ChainEnd> {
    let end = from;
    for (let written = 0; written < MOST_OBJECTS; written++) {
      const rows = this.store.rows({ after: end.seq, limit: ROWS_AT_ONCE });
      const last = rows.at(-1);
      if (last === undefined) break;
      const put = await bucket.put(keyOf(this.chain, end.seq + 1, last.seq), linesOf(rows), {
        onlyIf: { etagDoesNotMatch: '*' },
        httpMetadata: { contentType: 'application/jsonl' },
        customMetadata: { hash: last.hash, at: String(now) },
      });
      // Somebody was faster: what they wrote is compared the next time.
      if (put === null) break;
      end = last;
    }
    return end;
  }
}

/** What of a chain is in a bucket, the newest first. */
export async function exportedHeads(bucket: R2Bucket | undefined, chain: string): Promise<AuditHead[]> {
  const heads: AuditHead[] = [];
  if (bucket === undefined) return heads;
  for await (const head of headsFrom(bucket, chain, EMPTY_CHAIN)) heads.push(head);
  return heads.toReversed().slice(0, MOST_HEADS);
}

/** The last of what was exported; `known` where nothing came after it. */
async function lastHead(bucket: R2Bucket, chain: string, known: ChainEnd): Promise<ChainEnd> {
  let last = known;
  for await (const head of headsFrom(bucket, chain, known)) last = head;
  return last;
}

/** Heads of objects that begin after a row, in the order of their rows. */
async function* headsFrom(bucket: R2Bucket, chain: string, { seq }: ChainEnd): AsyncGenerator<AuditHead> {
  const prefix = `audit/${chain}/`;
  let cursor: string | undefined;
  do {
    const page = await bucket.list({
      prefix,
      include: ['customMetadata'],
      ...(cursor === undefined ? { startAfter: `${prefix}${padded(seq + 1)}` } : { cursor }),
    });
    for (const { key, customMetadata = {} } of page.objects) {
      const to = Number(/-(\d+)\.jsonl$/.exec(key)?.[1]);
      yield { seq: to, hash: customMetadata['hash'] ?? '', at: Number(customMetadata['at']) };
    }
    cursor = page.truncated ? page.cursor : undefined;
  } while (cursor !== undefined);
}

function keyOf(chain: string, from: number, to: number): string {
  return `audit/${chain}/${padded(from)}-${padded(to)}.jsonl`;
}

/** So that keys sort like numbers. */
function padded(seq: number): string {
  return String(seq).padStart(DIGITS, '0');
}

function linesOf(rows: readonly AuditRow[]): string {
  return rows.map((row) => `${JSON.stringify(row)}\n`).join('');
}
