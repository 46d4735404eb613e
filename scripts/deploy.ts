// Deploys alchemy.run.ts. Arguments go to alchemy (`npm run deploy -- --destroy`, `-- --stage NAME`).
import path from 'node:path';
import { execa } from 'execa';

/** What a deployment needs, and what each is for. */
const NEEDED: Record<string, string> = {
  CLOUDFLARE_API_TOKEN: 'token that may edit Workers',
  CLOUDFLARE_ACCOUNT_ID: 'account that gets the Worker',
  ALCHEMY_PASSWORD: 'encrypts the secrets in the deployment state under .alchemy/',
  FETTLE_MACHINE_KEY: 'signs the tokens of machines',
  FETTLE_OPERATOR_TOKEN: 'bearer token of operators and of the CLI',
};

const missing = Object.entries(NEEDED).filter(([name]) => !process.env[name]);
if (missing.length > 0) {
  console.error('To deploy, set:');
  for (const [name, purpose] of missing) console.error(`  ${name.padEnd(22)} ${purpose}`);
  process.exit(2);
}

const { exitCode } = await execa(process.execPath, ['alchemy.run.ts', ...process.argv.slice(2)], {
  cwd: path.resolve(import.meta.dirname, '..'),
  stdio: 'inherit',
  reject: false,
});
process.exitCode = exitCode ?? 1;
