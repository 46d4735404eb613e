import type { Deployed } from './deployed.ts';
import type { GitTree } from './git-tree.ts';
import type { DeployOptions } from './options.ts';
import type { ReleaseMark } from './release-mark.ts';

/** What was found out before anything is sent. `goesOn`: the tree goes on from the commit that is deployed. */
export type Situation = { tree: GitTree; deployed: Deployed; goesOn: boolean; mark: ReleaseMark };

export type Verdict =
  | { do: 'refuse'; problems: string[] }
  | { do: 'nothing'; why: string }
  | { do: 'deploy' | 'destroy' };

/** What is to be done about a stage. */
export function judge(options: DeployOptions, situation: Situation): Verdict {
  const { deployed, mark } = situation;
  if (options.destroy) return { do: 'destroy' };
  const problems = options.anyTree ? [] : treeProblems(situation);
  if (problems.length > 0) return { do: 'refuse', problems };
  if (!options.force && deployed.mark?.fingerprint === mark.fingerprint)
    return {
      do: 'nothing',
      why: `${options.stage} is what would be deployed (${deployed.mark.version}, ${deployed.mark.commit.slice(0, 12)}); --force deploys it again`,
    };
  return { do: 'deploy' };
}

function treeProblems({ tree, deployed, goesOn }: Situation): string[] {
  const problems = [];
  if (tree.commit === null)
    problems.push('this is no git repository: nobody could say later what was deployed');
  if (tree.dirty) problems.push('the tree has changes that are not committed');
  if ((tree.behind ?? 0) > 0) problems.push(`the tree is ${tree.behind} commits behind upstream`);
  if (deployed.mark !== null && !goesOn)
    problems.push(`the tree does not go on from the deployed commit ${deployed.mark.commit.slice(0, 12)}`);
  return problems.length === 0 ? [] : [...problems, 'to deploy all the same: --any-tree'];
}
