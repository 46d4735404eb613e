import { Resource, type Context } from 'alchemy';

/** Which account a stage's state is about. */
export type StageMark = { stage: string; accountId: string };

/**
 * A resource of nobody: it only stays in the deployment state. Throws when the state is about another account, because
 * everything in it would be looked for, not be found, and be made a second time.
 */
export const StageMark = Resource(
  'fettle::StageMark',
  async function (this: Context<StageMark>, _id: string, mark: StageMark): Promise<StageMark> {
    if (this.phase === 'delete') return this.destroy();
    const before = this.phase === 'update' ? this.output : null;
    if (before !== null && before.accountId !== mark.accountId)
      throw new Error(
        `the state of stage ${mark.stage} belongs to account ${before.accountId}, not to ${mark.accountId}`,
      );
    return mark;
  },
);
