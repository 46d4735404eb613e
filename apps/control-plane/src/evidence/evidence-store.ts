import { EvidenceId, EvidencePart, MachineId } from '@fettle/contract';
import * as v from 'valibot';

/** Names one part of one bundle. */
export type EvidencePlace = { machineId: string; id: string; part: EvidencePart };

/** What a part may be stored from; a stream has to have a known length. */
export type EvidenceBody = string | Uint8Array | ReadableStream;

const Place = v.object({ machineId: MachineId, id: EvidenceId, part: EvidencePart });

/** The place that a path names; `null` when it can be none. */
export function readPlace(machineId?: string, id?: string, part?: string): EvidencePlace | null {
  const parsed = v.safeParse(Place, { machineId, id, part });
  return parsed.success ? parsed.output : null;
}

/** Evidence in a bucket, as `<project>/<slot>/<machineId>/<id>/<part>`. A part that is stored again is replaced. */
export class EvidenceStore {
  private readonly bucket: R2Bucket;

  constructor(bucket: R2Bucket) {
    this.bucket = bucket;
  }

  async put(place: EvidencePlace, body: EvidenceBody): Promise<void> {
    await this.bucket.put(`${folderOf(place)}${place.part}`, body);
  }

  /** `null` when there is no such part. */
  get(place: EvidencePlace): Promise<R2ObjectBody | null> {
    return this.bucket.get(`${folderOf(place)}${place.part}`);
  }

  /** The parts of a bundle that are there. */
  async parts(bundle: Omit<EvidencePlace, 'part'>): Promise<{ part: EvidencePart; bytes: number }[]> {
    const prefix = folderOf(bundle);
    const { objects } = await this.bucket.list({ prefix });
    return objects.flatMap(({ key, size }) => {
      const part = key.slice(prefix.length);
      return v.is(EvidencePart, part) ? [{ part, bytes: size }] : [];
    });
  }

  /** Removes a bundle with all its parts. */
  async remove(bundle: Omit<EvidencePlace, 'part'>): Promise<void> {
    await this.bucket.delete(EvidencePart.options.map((part) => `${folderOf(bundle)}${part}`));
  }
}

function folderOf({ machineId, id }: Omit<EvidencePlace, 'part'>): string {
  const [project, slot] = machineId.split('.');
  return `${project}/${slot}/${machineId}/${id}/`;
}
