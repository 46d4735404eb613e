import { Header } from 'tar';

/** A file or, without content, a folder of an archive. */
export interface TarEntry {
  path: string;
  content?: Buffer;
  mode: number;
  /** User and group id. */
  owner: number;
}

const BLOCK = 512;

/** A whole tar archive in memory, for the few small files that are put into a machine. Pure. */
export function tarOf(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap(({ path, content, mode, owner }) => {
    const header = new Header({
      path: content === undefined ? `${path}/` : path,
      type: content === undefined ? 'Directory' : 'File',
      size: content?.length ?? 0,
      mode,
      uid: owner,
      gid: owner,
      mtime: new Date(0),
    });
    const head = Buffer.alloc(BLOCK);
    header.encode(head, 0);
    if (content === undefined) return [head];
    return [head, content, Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK)];
  });
  // Two empty blocks end an archive.
  return Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]);
}
