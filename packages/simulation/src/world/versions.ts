/** The repositories and images that machines run from: where branches lead, and what does not work. */
import type { VersionRefs, VersionSet } from '@fettle/contract';

/**
 * What is wrong with a commit or an image: `crashes`: what runs it ends as soon as it is started · `sickens`: it works
 * for some minutes, and hangs · `fails`: it cannot be installed, or nothing can be made from it.
 */
export type Defect = 'crashes' | 'sickens' | 'fails';

/** Longest time until what sickens is sick, in ms; the shortest is an eighth of it. */
const LONGEST_WELL_MS = 8 * 60_000;

/** What one world has. A commit or an image is known by its name; what is wrong with it is kept here. */
export class Repositories {
  private readonly heads = { platform: commit('a', 0), customer: commit('b', 0) };
  /** The image of machines that ask for none. */
  private readonly image = 'image-1';
  private readonly defects = new Map<string, Defect>();
  private readonly images = new Set([this.image]);
  private count = 0;

  /** What a machine gets that is created from branches. */
  get head(): VersionSet {
    return { image: this.image, ...this.heads };
  }

  /** A new commit that nobody runs yet. One with nothing wrong becomes what its branch leads to. */
  add(repository: 'platform' | 'customer', defect: Defect | null): string {
    this.count += 1;
    const hash = commit(repository === 'platform' ? 'a' : 'b', this.count);
    if (defect === null) this.heads[repository] = hash;
    else this.defects.set(hash, defect);
    return hash;
  }

  /** A new image that nobody runs yet. */
  addImage(defect: Defect | null): string {
    this.count += 1;
    const image = `image-${this.count + 1}`;
    this.images.add(image);
    if (defect !== null) this.defects.set(image, defect);
    return image;
  }

  /** From now on nothing makes well machines sick again: a fleet that falls sick for ever comes to no rest. */
  calm(): void {
    for (const [name, defect] of this.defects) if (defect === 'sickens') this.defects.delete(name);
  }

  hasImage(image: string): boolean {
    return this.images.has(image);
  }

  /** A commit that used to work cannot be installed any more: what it depends on has vanished. */
  spoil(hash: string): void {
    this.defects.set(hash, 'fails');
  }

  /** Whether a process that runs this, in this image, ends as soon as it is started. */
  crashes(image: string | undefined, hash: string | undefined): boolean {
    return this.has('crashes', image) || this.has('crashes', hash);
  }

  /** After how long, at most, a process that runs this is sick, in ms; `null` when it stays well. */
  sickensWithin(image: string | undefined, hash: string | undefined): number | null {
    return this.has('sickens', image) || this.has('sickens', hash) ? LONGEST_WELL_MS : null;
  }

  canInstall(refs: VersionRefs): boolean {
    const platform = this.commitOf('platform', refs.platform);
    return !this.has('fails', platform) && !this.has('fails', this.commitOf('customer', refs.customer));
  }

  canMake(image: string): boolean {
    return !this.has('fails', image);
  }

  /** What follows from a change; a branch leads to its newest commit that works. */
  resolve(refs: VersionRefs, present: VersionSet): VersionSet {
    return {
      image: present.image,
      platform: this.commitOf('platform', refs.platform) ?? present.platform,
      customer: this.commitOf('customer', refs.customer) ?? present.customer,
    };
  }

  private has(defect: Defect, name: string | undefined): boolean {
    return this.defects.size > 0 && name !== undefined && this.defects.get(name) === defect;
  }

  private commitOf(repository: 'platform' | 'customer', ref: string | undefined): string | undefined {
    return ref === 'main' ? this.heads[repository] : ref;
  }
}

function commit(prefix: string, count: number): string {
  return `${prefix}${count.toString(16).padStart(7, '0')}`.padEnd(40, '0');
}
