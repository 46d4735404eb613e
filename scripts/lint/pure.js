// What a core module may not do: read a clock, be random, wait, or reach outside. Its inputs are its parameters.

const MEMBERS = {
  Date: ['now'],
  Math: ['random'],
  crypto: ['randomUUID', 'getRandomValues'],
  process: true,
  performance: true,
  console: true,
  globalThis: true,
};
const GLOBALS = [
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'require',
  'Promise',
];

/** oxlint rule for core modules. `new Date(ms)` is allowed: it only converts. */
export const pureRule = {
  create(context) {
    const report = (node, what) =>
      context.report({ node, message: `core is pure and synchronous: no ${what}` });
    const noAsync = (node) => {
      if (node.async) report(node, 'async functions');
    };
    return {
      FunctionDeclaration: noAsync,
      FunctionExpression: noAsync,
      ArrowFunctionExpression: noAsync,
      AwaitExpression: (node) => report(node, 'await'),
      ForOfStatement(node) {
        if (node.await) report(node, 'await');
      },
      ImportExpression: (node) => report(node, 'dynamic imports'),
      ImportDeclaration(node) {
        if (node.source.value.startsWith('node:')) report(node, `imports of ${node.source.value}`);
      },
      MemberExpression(node) {
        if (node.object.type !== 'Identifier' || !Object.hasOwn(MEMBERS, node.object.name)) return;
        const banned = MEMBERS[node.object.name];
        const property = node.property.name ?? node.property.value;
        if (banned === true || banned.includes(property)) report(node, `${node.object.name}.${property}`);
      },
      NewExpression(node) {
        if (node.callee.type !== 'Identifier') return;
        if (node.callee.name === 'Date' && node.arguments.length === 0) report(node, 'new Date()');
        if (node.callee.name === 'Promise') report(node, 'Promise');
      },
      CallExpression(node) {
        if (node.callee.type !== 'Identifier') return;
        if (node.callee.name === 'Date') report(node, 'Date()');
        if (GLOBALS.includes(node.callee.name)) report(node, node.callee.name);
      },
    };
  },
};
