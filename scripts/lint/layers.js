// Which part may import which of our packages. Third-party packages are every package's own affair (package.json).

/** Allowed imports per part; `name/*` allows every subpath, `name` the main entry. Nothing here allows an app. */
export const LAYERS = {
  'packages/contract': [],
  'packages/core': ['@fettle/contract', '@fettle/contract/*'],
  'packages/metrics': ['@fettle/contract', '@fettle/contract/*'],
  'packages/simulation': ['@fettle/contract', '@fettle/contract/*', '@fettle/core', '@fettle/core/*'],
  'packages/pidnap': [],
  'packages/analytics-engine': [],
  'packages/provider-servers': ['@fettle/contract', '@fettle/contract/*'],
  'packages/client': ['@fettle/contract', '@fettle/contract/*'],
  'packages/openapi': ['@fettle/contract', '@fettle/contract/*'],
  'packages/cloudflare-server': [],
  'apps/control-plane': [
    '@fettle/contract',
    '@fettle/contract/*',
    '@fettle/core',
    '@fettle/core/*',
    '@fettle/metrics',
    '@fettle/metrics/*',
    '@fettle/pidnap/contract',
    '@fettle/pidnap/client',
    '@fettle/pidnap/signature',
  ],
  'apps/daemon': [
    '@fettle/contract',
    '@fettle/contract/*',
    '@fettle/core/redaction',
    '@fettle/core/service-status',
    '@fettle/core/telemetry/*',
    '@fettle/core/version-change',
    '@fettle/pidnap',
    '@fettle/pidnap/*',
  ],
  'apps/host-agent': [
    '@fettle/contract',
    '@fettle/contract/*',
    '@fettle/core/machine-ports',
    '@fettle/pidnap/contract',
    '@fettle/pidnap/client',
  ],
  'apps/cli': [
    '@fettle/client',
    '@fettle/contract',
    '@fettle/contract/*',
    '@fettle/core',
    '@fettle/core/*',
    '@fettle/pidnap/contract',
    '@fettle/pidnap/client',
  ],
};

/** What tests of a part may import besides. */
const TESTS_ALSO = {
  'apps/control-plane': ['@fettle/client', '@fettle/provider-servers', '@fettle/provider-servers/*'],
  'packages/metrics': ['@fettle/analytics-engine', '@fettle/analytics-engine/*'],
};

const PART = /(?:^|\/)((?:apps|packages)\/[^/]+)\//;
const TEST = /\.test\.ts$|\/testing\//;

/** Says why `file` may not import `specifier`, or undefined when it may. Relative imports must stay inside the part. */
export function layerViolation(file, specifier) {
  const part = PART.exec(file)?.[1];
  if (part === undefined) return undefined;
  if (specifier.startsWith('.')) return relativeViolation(file, specifier, part);
  if (!specifier.startsWith('@fettle/')) return undefined;
  const allowed = [...(LAYERS[part] ?? []), ...((TEST.test(file) && TESTS_ALSO[part]) || [])];
  if (allowed.some((entry) => matches(entry, specifier))) return undefined;
  return `${part} may not import ${specifier} (allowed: ${allowed.join(', ') || 'nothing of ours'})`;
}

function matches(entry, specifier) {
  return entry.endsWith('/*') ? specifier.startsWith(entry.slice(0, -1)) : specifier === entry;
}

function relativeViolation(file, specifier, part) {
  const path = new URL(specifier, `file:///${file.replace(/^\/+/, '')}`).pathname;
  if (PART.exec(path)?.[1] === part) return undefined;
  // Tests run on the example repositories; nothing that ships does.
  if (file.includes(`${part}/test/`) && /\/examples\/[^/]+\.ts$/.test(path)) return undefined;
  return `a relative import may not leave ${part}: ${specifier}`;
}

/** oxlint rule: reports every import, export-from and dynamic import that the table above does not allow. */
export const layersRule = {
  create(context) {
    const file = context.filename.replaceAll('\\', '/');
    const check = (source) => {
      if (typeof source?.value !== 'string') return;
      const message = layerViolation(file, source.value);
      if (message !== undefined) context.report({ node: source, message });
    };
    return {
      ImportDeclaration: (node) => check(node.source),
      ExportAllDeclaration: (node) => check(node.source),
      ExportNamedDeclaration: (node) => check(node.source),
      ImportExpression: (node) => check(node.source),
      TSImportType: (node) => check(node.source ?? node.argument),
    };
  },
};
