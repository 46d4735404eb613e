import { describe, expect, test } from 'vitest';
import { Repositories } from './versions.ts';

describe('a commit', () => {
  test('that works becomes what its branch leads to', () => {
    const repositories = new Repositories();
    const hash = repositories.add('customer', null);
    expect(repositories.resolve({ customer: 'main' }, repositories.head).customer).toBe(hash);
  });

  test('that does not work is only reached by its hash', () => {
    const repositories = new Repositories();
    const { head } = repositories;
    const hash = repositories.add('customer', 'crashes');
    expect(repositories.resolve({ customer: 'main' }, head)).toEqual(head);
    expect(repositories.resolve({ customer: hash }, head)).toEqual({ ...head, customer: hash });
  });

  test('shows what is wrong with it', () => {
    const repositories = new Repositories();
    const [crashing, sickening, failing] = (['crashes', 'sickens', 'fails'] as const).map((defect) =>
      repositories.add('platform', defect),
    );
    const { image } = repositories.head;
    expect(repositories.crashes(image, crashing)).toBe(true);
    expect(repositories.sickensWithin(image, sickening)).toBeGreaterThan(0);
    expect(repositories.canInstall({ platform: failing ?? '' })).toBe(false);
    expect(repositories.canInstall({ platform: crashing ?? '' })).toBe(true);
  });

  test('that has vanished fails through its branch as well', () => {
    const repositories = new Repositories();
    repositories.spoil(repositories.head.platform);
    expect(repositories.canInstall({ platform: 'main' })).toBe(false);
  });
});

describe('an image', () => {
  test('is known once it was made, and ails what runs in it', () => {
    const repositories = new Repositories();
    expect(repositories.hasImage('image-9')).toBe(false);
    const image = repositories.addImage('crashes');
    expect(repositories.hasImage(image)).toBe(true);
    expect(repositories.crashes(image, repositories.head.customer)).toBe(true);
  });

  test('that fails makes no machine', () => {
    const repositories = new Repositories();
    expect(repositories.canMake(repositories.addImage('fails'))).toBe(false);
  });
});
