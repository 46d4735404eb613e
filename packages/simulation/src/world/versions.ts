/** The repositories that machines run from: where branches lead, and which commits do not work. */
import type { VersionRefs, VersionSet } from '@fettle/contract';

/** Commits of one world. A commit is known by its hash; what it does to the process that runs it is kept here. */
export class Repositories {
  readonly image = 'image-1';
  private readonly heads = { platform: commit('a', 0), customer: commit('b', 0) };
  private readonly poison = new Set<string>();
  private readonly uninstallable = new Set<string>();
  private count = 0;

  /** What a machine gets that is created from branches. */
  get head(): VersionSet {
    return { image: this.image, ...this.heads };
  }

  /** A new commit on a branch that nobody runs yet. */
  add(repository: 'platform' | 'customer', isPoison: boolean): string {
    this.count += 1;
    const hash = commit(repository === 'platform' ? 'a' : 'b', this.count);
    if (isPoison) this.poison.add(hash);
    else this.heads[repository] = hash;
    return hash;
  }

  /** Whether a process that runs this commit ends as soon as it is started. */
  crashes(hash: string | undefined): boolean {
    return hash !== undefined && this.poison.has(hash);
  }

  /** A commit that used to work cannot be installed any more: what it depends on has vanished. */
  spoil(hash: string): void {
    this.uninstallable.add(hash);
  }

  canInstall(refs: VersionRefs): boolean {
    return ![refs.platform, refs.customer].some((ref) => ref !== undefined && this.uninstallable.has(ref));
  }

  /** What follows from a change; a branch leads to its newest commit that works. */
  resolve(refs: VersionRefs, present: VersionSet): VersionSet {
    return {
      image: present.image,
      platform: this.commitOf('platform', refs.platform) ?? present.platform,
      customer: this.commitOf('customer', refs.customer) ?? present.customer,
    };
  }

  private commitOf(repository: 'platform' | 'customer', ref: string | undefined): string | undefined {
    return ref === 'main' ? this.heads[repository] : ref;
  }
}

function commit(prefix: string, count: number): string {
  return `${prefix}${count.toString(16).padStart(7, '0')}`.padEnd(40, '0');
}
