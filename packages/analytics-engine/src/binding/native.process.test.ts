import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EVENTS } from '../../test/native/events.ts';
import { compareBindings, type Comparison } from '../../test/native/workerd.ts';

let comparison: Comparison;

beforeAll(async () => {
  comparison = await compareBindings();
});
afterAll(() => comparison.close());

describe('the binding does what the runtime’s own one does with', () => {
  it.each(Object.keys(EVENTS))('%s', async (event) => {
    const { native, local } = await comparison.outcomes(event);
    expect(local).toEqual(native);
    expect(native.thrown === null).toBe(native.written !== null);
  });
});
