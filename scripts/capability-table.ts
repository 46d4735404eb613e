/** The generated parts of `docs/providers.md`: what each machine type can, and what the conformance suite showed of it. */
import type { ProviderCapabilities } from '@fettle/contract/capabilities';
import * as v from 'valibot';

/** What the suite has shown of each provider, the name of a check and its outcome. */
export const Shown = v.array(
  v.object({
    provider: v.string(),
    checks: v.array(v.object({ name: v.string(), outcome: v.picklist(['pass', 'fail']) })),
  }),
);
export type Shown = v.InferOutput<typeof Shown>;

type Words = { [Name in keyof ProviderCapabilities]: (value: ProviderCapabilities[Name]) => string };

const yesOrNo = (value: boolean): string => (value ? 'yes' : 'no');

/** What each capability is called in the table. */
const TITLES: Record<keyof ProviderCapabilities, string> = {
  rebuild: 'another image over the same disk (`fettle rebuild`)',
  copyHolds: 'a copy holds',
  copiesWhenStopped: 'a copy of a stopped machine',
  copyVerifiedBy: 'a copy is verified by',
  fencing: 'repeated and late actions are harmless by',
  asksKeepAwake: 'a question to a port counts as use, and is billed',
  regions: 'regions (`template.regions`)',
  exitCodes: 'tells the exit code of a machine that ended',
  memoryKills: 'tells that memory ran out',
  hosts: 'tells which host has the machine',
};

const WORDS: Words = {
  rebuild: yesOrNo,
  copyHolds: (value) =>
    ({ data: 'its data', disk: 'its disk', machine: 'all of it, system included' })[value],
  copiesWhenStopped: yesOrNo,
  copyVerifiedBy: (value) =>
    ({ checksum: 'us: checksum, read back', provider: "the provider's word" })[value],
  fencing: (value) =>
    ({
      receiver: 'the log of action ids that the host keeps',
      lease: 'a lease of the provider, and our journal',
      journal: 'our journal',
    })[value],
  asksKeepAwake: yesOrNo,
  regions: yesOrNo,
  exitCodes: yesOrNo,
  memoryKills: yesOrNo,
  hosts: yesOrNo,
};

/** A line for each capability, a column for each machine type. */
export function capabilityTable(types: Record<string, ProviderCapabilities>): string {
  const names = Object.keys(TITLES) as (keyof ProviderCapabilities)[];
  const wordOf = <Name extends keyof ProviderCapabilities>(all: ProviderCapabilities, name: Name): string =>
    WORDS[name](all[name]);
  return table(
    ['', ...Object.keys(types).map((type) => `\`${type}\``)],
    names.map((name) => [TITLES[name], ...Object.values(types).map((all) => wordOf(all, name))]),
  );
}

/** The runs of the suite that the table is of, in its order: the name that the suite gives them, and that of the column. */
export const RUNS: Readonly<Record<string, string>> = {
  'a fake': 'fake',
  'a fake with regions': 'fake cloud',
  'a host-agent with the process backend': 'process',
  'a host-agent with the docker backend': 'docker',
  'Daytona by its contract server, over plain processes': 'daytona',
  'Fly by its contract server, over plain processes': 'fly',
};

/** A line for each check of the suite, a column for each provider that ran it: `✓` shown, `✗` failed, empty: not asked of it. */
export function conformanceTable(shown: Shown): string {
  const names = [...new Set(shown.flatMap(({ checks }) => checks.map(({ name }) => name)))];
  const mark = { pass: '✓', fail: '✗' };
  return table(
    ['what is shown', ...shown.map(({ provider }) => RUNS[provider] ?? provider)],
    names.map((name) => [
      name,
      ...shown.map(({ checks }) => {
        const check = checks.find((one) => one.name === name);
        return check === undefined ? '' : mark[check.outcome];
      }),
    ]),
  );
}

/** What was shown, with newer runs in the place of older ones of the same provider; those of `RUNS` first. */
export function mergeShown(before: Shown, newer: Shown): Shown {
  const all = new Map([...before, ...newer].map((one) => [one.provider, one]));
  const known = Object.keys(RUNS).flatMap((name) => all.get(name) ?? []);
  return [...known, ...[...all.values()].filter((one) => !known.includes(one))];
}

/** A document with the text between `<!-- name -->` and `<!-- /name -->` replaced. Throws when the marks are missing. */
export function withGenerated(document: string, name: string, text: string): string {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const from = document.indexOf(begin);
  const to = document.indexOf(end);
  if (from === -1 || to < from) throw new Error(`the document lacks ${begin} and ${end}`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(heads), line(heads.map(() => '---')), ...rows.map(line)].join('\n');
}
