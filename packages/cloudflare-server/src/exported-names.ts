/**
 * Names that a module exports, as far as bundlers write them: `export { A, B as C }`, `export class A`,
 * `export default`. The real API runs the module instead; whoever boots the bundle afterwards does that too.
 */
export function exportedNames(source: string): Set<string> {
  const names = new Set<string>();
  for (const [, list = ''] of source.matchAll(/^\s*export\s*\{([^}]*)\}/gm)) {
    for (const entry of list.split(',')) {
      const name = /(?:\bas\s+)?([A-Za-z_$][\w$]*)\s*$/.exec(entry.trim())?.[1];
      if (name !== undefined) names.add(name);
    }
  }
  for (const [, name = ''] of source.matchAll(
    /^\s*export\s+(?:async\s+)?(?:class|function|const|let)\s+([\w$]+)/gm,
  ))
    names.add(name);
  if (/^\s*export\s+default\b/m.test(source)) names.add('default');
  return names;
}
