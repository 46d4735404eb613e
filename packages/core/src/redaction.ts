/**
 * The one place that takes secrets out of texts, before they are stored, logged or shown. It takes out what its caller
 * knows, and whatever has the form of a secret; everything else stays as it is, byte for byte. Once redacted, a text does
 * not change any more. Time grows with the length of the text and no faster: every pattern either has a fixed beginning
 * and stops where the next one could begin, or is short.
 */

/** What stands where a secret was. */
export const REDACTED = '[redacted]';

/** A known secret that is shorter is taken for a word: taking it out would make texts unreadable. */
const SHORTEST_SECRET = 8;

/** Takes out `secrets`, also where they are escaped for a URL or for JSON, and everything that looks like a secret. */
export function redact(text: string, secrets: readonly string[] = []): string {
  return withoutForms(withoutPrivateKeys(withoutKnown(text, secrets)));
}

/**
 * The same for lines that belong together, one for one: a private key goes over many. One whose end was cut off goes on as
 * long as lines look like parts of a key: what else a program has to say stays.
 */
export function redactLines(lines: readonly string[], secrets: readonly string[] = []): string[] {
  let isWithinKey = false;
  return lines.map((line) => {
    const end = isWithinKey ? line.search(KEY_ENDS) : -1;
    if (isWithinKey && end < 0 && KEY_LINE.test(line)) return REDACTED;
    isWithinKey = goesOn(line);
    return end < 0
      ? redact(line, secrets)
      : REDACTED + redact(line.slice(end).replace(KEY_ENDS, ''), secrets);
  });
}

function withoutKnown(text: string, secrets: readonly string[]): string {
  let clean = text;
  for (const form of formsOf(secrets)) clean = clean.replaceAll(form, REDACTED);
  return clean;
}

/** The longest first: one secret may begin with another. */
function formsOf(secrets: readonly string[]): string[] {
  const forms = secrets.flatMap((secret) => [
    secret,
    encodeURIComponent(secret.toWellFormed()),
    JSON.stringify(secret).slice(1, -1),
  ]);
  return [...new Set(forms)]
    .filter((form) => form.length >= SHORTEST_SECRET && !REDACTED.includes(form))
    .toSorted((a, b) => b.length - a.length);
}

const KEY_BEGINS = /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
const KEY_ENDS = /-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----/g;
/** A line between them: letters of base64, or a header. */
const KEY_LINE = /^\s*(?:[\w+/=]*|(?:Proc-Type|DEK-Info|Version|Comment|Hash): .*)\s*$/;

/** Whether a private key begins in the line and does not end in it. */
function goesOn(line: string): boolean {
  const [, ...afterBegins] = line.split(KEY_BEGINS);
  return afterBegins.length > 0 && (afterBegins.at(-1) ?? '').search(KEY_ENDS) < 0;
}

/** PEM blocks. One whose end was cut off goes on to the end of the text. */
function withoutPrivateKeys(text: string): string {
  let clean = '';
  let from = 0;
  for (;;) {
    KEY_BEGINS.lastIndex = from;
    const begins = KEY_BEGINS.exec(text);
    if (begins === null) return clean + text.slice(from);
    clean += text.slice(from, begins.index) + REDACTED;
    KEY_ENDS.lastIndex = KEY_BEGINS.lastIndex;
    if (KEY_ENDS.exec(text) === null) return clean;
    from = KEY_ENDS.lastIndex;
  }
}

/** Names of fields, variables and parameters whose value is a secret; whatever comes before them belongs to the name. */
const NAME =
  '(?:password|passwd|secret|token|authorization|(?:api|private|machine|command|token)[_-]?key(?:_previous)?)';

/** The name of an option of a command. */
const OPTION = String.raw`--[\w-]{0,32}${NAME}`;

/** What each finds is replaced; a first group is kept. */
const FORMS: readonly RegExp[] = [
  // Tokens of machines and operators; the end may be cut off.
  /(?:fmt2|fop1)\.[\w-]+(?:\.[\w-]+)*/g,
  // Headers.
  /((?:authorization|fettle-signature|cf-access-jwt-assertion|x-api-key)["']?[ \t]{0,4}[:=][ \t]{0,4}["']?)(?:(?:bearer|basic|digest|token|flyv1)[ \t]{1,4})?[^\s"'\\]+/gi,
  /(bearer[ \t]{1,4})[\w.~+/=-]{16,}/gi,
  /(flyv1[ \t]{1,4})[\w.~+/=,-]{16,}/gi,
  // Passwords in URLs, and long names of users, which are tokens.
  /(:\/\/[^\s/:@"'<>\\]{0,256}:)[^\s/@"'<>\\]{1,2048}(?=@)/g,
  /(:\/\/)[\w%.~-]{20,2048}(?=@)/g,
  // Fields of JSON, also where the JSON is a text in JSON.
  new RegExp(String.raw`(${NAME}"\s{0,4}:\s{0,4}")(?:[^"\\]|\\[\s\S])+`, 'gi'),
  new RegExp(String.raw`(${NAME}(\\{1,7})"\s{0,4}:\s{0,4}\2")(?:[^"\\]|(?!\2")\\+"?)+`, 'gi'),
  // Variables and parameters.
  new RegExp(String.raw`(${NAME}=["']?)[^\s&"'\\,;]+`, 'gi'),
  // Options of a command, as a shell takes them and in a list of arguments. What begins with `-` is the next option.
  new RegExp(String.raw`(${OPTION}[ \t]{1,4}\\{0,3}")[^"\\]+`, 'gi'),
  new RegExp(String.raw`(${OPTION}[ \t]{1,4}')[^']+`, 'gi'),
  new RegExp(String.raw`(${OPTION}[ \t]{1,4})[^\s"'\\-][^\s"'\\]*`, 'gi'),
  new RegExp(String.raw`("${OPTION}"\s{0,4},\s{0,4}")(?!-)(?:[^"\\]|\\[\s\S])+`, 'gi'),
  // Keys of Daytona, Fly, GitHub, GitLab, AWS, Slack, npm, and of those who make language models.
  /(?:dtn_|fo1_|fm[12][a-z]?_|gh[opsur]_|github_pat_|glpat-|npm_|xox[abeprs]-|sk-)(?=[\w+/=-]{0,64}\d)[\w+/=-]{16,}/g,
  /(?:AKIA|ASIA)[0-9A-Z]{16}/g,
  // Tokens of three parts as Cloudflare Access and others make them. Last: they must not begin within something else.
  /(?<![\w-])eyJ[\w-]+\.[\w-]+\.[\w-]*/g,
];

function withoutForms(text: string): string {
  let clean = text;
  for (const form of FORMS) clean = clean.replace(form, keepName);
  return clean;
}

function keepName(_found: string, name: unknown): string {
  return typeof name === 'string' ? `${name}${REDACTED}` : REDACTED;
}
