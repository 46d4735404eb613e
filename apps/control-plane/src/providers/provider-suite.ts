/** What every provider of machines promises, as one suite: a new provider is right when it passes. */
import { afterAll, beforeAll, describe } from 'vitest';
import { SuiteBench } from './suite/bench.ts';
import { capabilityChecks } from './suite/capabilities.ts';
import { copyChecks } from './suite/copies.ts';
import { insideChecks } from './suite/inside.ts';
import { lifeChecks } from './suite/life.ts';
import { noteChecks } from './suite/shown-checks.ts';
import type { ProviderUnderTest } from './suite/under-test.ts';

export { actionOf } from './suite/bench.ts';
export type { ProviderUnderTest } from './suite/under-test.ts';

/** Runs the suite. `open` is called once; every test makes machines of its own. */
export function providerSuite(name: string, open: () => Promise<ProviderUnderTest>): void {
  describe(`${name} as a provider`, () => {
    let opened: SuiteBench;
    const bench = () => opened;

    noteChecks(name);
    beforeAll(async () => {
      opened = new SuiteBench(await open());
    }, 300_000);
    afterAll(async () => {
      await opened.clear();
      await opened.test.close();
    }, 120_000);

    lifeChecks(bench);
    insideChecks(bench);
    copyChecks(bench);
    capabilityChecks(bench);
  });
}
