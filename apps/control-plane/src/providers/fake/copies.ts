/** The copies that a fake provider keeps outside its machines, each with its checksum. */
import type { ActionRef, DataCopy } from '@fettle/contract';
import { ProviderError } from '../machine-provider.ts';

export class FakeCopies {
  private readonly contents = new Map<string, string>();
  private readonly known = new Map<string, DataCopy>();

  /** Takes a copy of a machine's data. */
  async take(options: {
    machineId: string;
    action: ActionRef;
    data: ReadonlyMap<string, string>;
    takenAt: number;
  }): Promise<DataCopy> {
    const { machineId, action, data, takenAt } = options;
    const content = JSON.stringify([...data].toSorted());
    const copyId = `${machineId}.${action.sequence}`;
    const copy = { copyId, machineId, takenAt, bytes: content.length, sha256: await digest(content) };
    this.contents.set(copyId, content);
    this.known.set(copyId, copy);
    return copy;
  }

  /** The data of a copy, verified. */
  async restore(copyId: string): Promise<Map<string, string>> {
    const content = this.contents.get(copyId);
    if (content === undefined) throw new ProviderError('COPY_NOT_FOUND', 'There is no such copy');
    if ((await digest(content)) !== this.known.get(copyId)?.sha256)
      throw new ProviderError('COPY_CORRUPT', 'The copy does not match its checksum');
    return new Map(JSON.parse(content) as [string, string][]);
  }

  /** Damages the stored copies of a machine without their checksums knowing. */
  corrupt(machineId: string): void {
    for (const copy of this.known.values())
      if (copy.machineId === machineId)
        this.contents.set(copy.copyId, `${this.contents.get(copy.copyId) ?? ''}!`);
  }
}

async function digest(text: string): Promise<string> {
  const bytes = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
