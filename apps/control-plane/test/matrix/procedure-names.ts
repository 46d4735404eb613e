/** Every procedure of a router or contract, as `projects.get`. */
export function procedureNames(router: object, above: readonly string[] = []): string[] {
  return Object.entries(router).flatMap(([name, value]) => {
    const path = [...above, name];
    if (typeof value !== 'object' || value === null) return [];
    return '~orpc' in value ? [path.join('.')] : procedureNames(value, path);
  });
}
