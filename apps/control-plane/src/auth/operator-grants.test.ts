import type { Grant, Role } from '@fettle/contract';
import { describe, expect, test } from 'vitest';
import { holds, holdsSomewhere, mayGive, type Place } from './operator-grants.ts';

const grant = (role: Role, organization: string | null = null, project: string | null = null): Grant => ({
  role,
  organization,
  project,
});
const place = (organization: string, project: string | null = null): Place => ({ organization, project });

describe('a role', () => {
  test.each<[Role, Role[]]>([
    ['viewer', ['viewer']],
    ['operator', ['viewer', 'operator']],
    ['admin', ['viewer', 'operator', 'admin']],
  ])('%s holds for itself and for less', (role, enough) => {
    const roles = ['viewer', 'operator', 'admin'] as const;
    expect(roles.filter((asked) => holds([grant(role)], asked, 'everywhere'))).toEqual(enough);
    expect(roles.filter((asked) => holdsSomewhere([grant(role, 'acme', 'demo')], asked))).toEqual(enough);
  });

  const PLACES: Place[] = [
    'everywhere',
    place('acme'),
    place('acme', 'demo'),
    place('acme', 'other'),
    place('globex'),
    place('globex', 'demo'),
  ];

  test.each<[string, Grant, Place[]]>([
    ['everywhere', grant('admin'), PLACES],
    [
      'in an organization',
      grant('admin', 'acme'),
      [place('acme'), place('acme', 'demo'), place('acme', 'other')],
    ],
    ['in a project', grant('admin', 'acme', 'demo'), [place('acme', 'demo')]],
  ])('holds %s, and nowhere else', (_, one, places) => {
    expect(PLACES.filter((where) => holds([one], 'viewer', where))).toEqual(places);
  });

  test('is not made up of the roles of several grants', () => {
    const grants = [grant('viewer'), grant('operator', 'acme', 'demo')];
    expect(holds(grants, 'operator', place('acme', 'demo'))).toBe(true);
    expect(holds(grants, 'operator', place('acme', 'other'))).toBe(false);
    expect(holds([], 'viewer', place('acme', 'demo'))).toBe(false);
    expect(holdsSomewhere([], 'viewer')).toBe(false);
  });
});

describe('grants are given', () => {
  test('by admins of what they are for, and by nobody else', () => {
    expect(mayGive([grant('admin')], [grant('admin'), grant('viewer', 'acme')])).toBe(true);
    expect(mayGive([grant('admin', 'acme')], [grant('admin', 'acme', 'demo')])).toBe(true);
    expect(mayGive([grant('admin', 'acme')], [grant('viewer')])).toBe(false);
    expect(mayGive([grant('admin', 'acme')], [grant('viewer', 'globex')])).toBe(false);
    expect(mayGive([grant('admin', 'acme', 'demo')], [grant('viewer', 'acme')])).toBe(false);
    expect(mayGive([grant('operator')], [grant('viewer', 'acme', 'demo')])).toBe(false);
  });

  test('all of them or none', () => {
    expect(mayGive([grant('admin', 'acme')], [grant('viewer', 'acme'), grant('viewer', 'globex')])).toBe(
      false,
    );
  });
});
