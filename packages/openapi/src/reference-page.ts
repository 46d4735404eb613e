/** The document as one page of HTML, without a script: searched by the browser, printed, read on a phone. */
import { errorCatalogue } from '@fettle/contract';
import { escaped, markdown } from './html.ts';
import { operationsOf, type Document, type Operation, type Parameter } from './openapi.ts';
import { schemaBlock, typeOf } from './schema-html.ts';

/** The page; `reference.css` is beside it. */
export function referencePage(document: Document): string {
  const operations = operationsOf(document.paths);
  const withTag = (tag: string) => operations.filter(({ operation }) => operation.tags.includes(tag));
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escaped(document.info.title)} API ${escaped(document.info.version)}</title>
<link rel="stylesheet" href="/reference.css">
</head>
<body>
<nav aria-label="Contents">
<a href="#top">Fettle API ${escaped(document.info.version)}</a>
${document.tags
  .map(
    ({ name }) =>
      `<details open><summary><a href="#${name}">${name}</a></summary><ul>${withTag(name)
        .map(
          ({ operation }) => `<li><a href="#${operation.operationId}">${escaped(operation.summary)}</a></li>`,
        )
        .join('')}</ul></details>`,
  )
  .join('\n')}
<a href="#errors">Errors</a>
<a href="#schemas">Schemas</a>
</nav>
<main id="top">
<h1>Fettle API</h1>
${markdown(document.info.description)}
<p>As OpenAPI 3.1: <a href="/api/v1/openapi.json">openapi.json</a>.</p>
<h2 id="security">Credentials</h2>
<dl>${Object.entries(document.components.securitySchemes)
    .map(
      ([name, { description = '' }]) =>
        `<dt id="security-${name}">${name}</dt><dd>${markdown(description)}</dd>`,
    )
    .join('\n')}</dl>
${document.tags
  .map(
    ({ name, description }) =>
      `<h2 id="${name}">${name}</h2>\n${markdown(description)}\n${withTag(name).map(section).join('\n')}`,
  )
  .join('\n')}
${errorSection()}
<h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas)
  .filter(([name]) => name !== 'ErrorCode')
  .map(([name, schema]) => `<section id="schema-${name}"><h3>${name}</h3>${schemaBlock(schema)}</section>`)
  .join('\n')}
</main>
</body>
</html>
`;
}

function section({ path, method, operation }: ReturnType<typeof operationsOf>[number]): string {
  const { operationId, summary, description = '', requestBody, parameters = [] } = operation;
  const body = requestBody?.content['application/json'];
  return `<section id="${operationId}">
<h3>${escaped(summary)}</h3>
<p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>${escaped(path)}</code></p>
${markdown(description)}
<p class="who">${accessOf(operation)}</p>
${parameters.length === 0 ? '' : `<h4>Parameters</h4><table><tbody>${parameters.map(row).join('')}</tbody></table>`}
${body === undefined ? '' : `<h4>Body</h4>${schemaBlock(body.schema)}${example(body.example)}`}
<h4>Answer</h4>
${Object.entries(operation.responses)
  .flatMap(([status, response]) =>
    '$ref' in response
      ? []
      : [
          `<p><b>${status}</b> ${escaped(response.description)}</p>${response.content?.['application/json'] === undefined ? '' : `${schemaBlock(response.content['application/json'].schema)}${example(response.content['application/json'].example)}`}`,
        ],
  )
  .join('')}
</section>`;
}

function row({ name, in: place, required, schema, example: value }: Parameter): string {
  return `<tr><th scope="row"><code>${escaped(name)}</code></th><td>${place}${required === true ? ', required' : ''}</td><td>${typeOf(schema)}</td><td>${value === undefined ? '' : `<code>${escaped(String(value))}</code>`}</td></tr>`;
}

function example(value: unknown): string {
  return value === undefined
    ? ''
    : `<details><summary>Example</summary><pre>${escaped(JSON.stringify(value, null, 2))}</pre></details>`;
}

const WHERE = {
  project: 'for the project',
  machine: "for the machine's project",
  organization: 'for the organization',
  everywhere: 'everywhere',
  own: 'anywhere; the answer has what the caller may see',
};

function accessOf({ 'x-fettle-access': access, security }: Operation): string {
  if (access === undefined) return `Needs ${security.flatMap((one) => Object.keys(one)).join(' or ')}.`;
  return `Needs the role <b>${access.role}</b> ${WHERE[access.at]}.`;
}

function errorSection(): string {
  const rows = Object.entries(errorCatalogue).map(
    ([code, { status, message, retryable }]) =>
      `<tr id="error-${code}"><th scope="row"><code>${code}</code></th><td>${status}</td><td>${escaped(message)}</td><td>${retryable ? 'yes' : 'no'}</td></tr>`,
  );
  return `<h2 id="errors">Errors</h2>
<p>Every answer that is no success is a <a href="#schema-Error">JSON body</a> with one of these codes. Wrong input names the field and what was expected there.</p>
<table><thead><tr><th>Code</th><th>Status</th><th>Meaning</th><th>May pass</th></tr></thead><tbody>${rows.join('\n')}</tbody></table>`;
}
