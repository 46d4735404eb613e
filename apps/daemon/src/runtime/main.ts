import { parseArgs } from 'node:util';
import { resolve } from 'node:path';
import { diskLayout } from '../disk/layout.ts';
import { applyCommand, currentCommand } from './versions-command.ts';

const USAGE = `Usage:
  runtime boot --root DIR
  runtime versions apply --root DIR [--initial] [--fresh] [--platform REF] [--customer REF] --action ID
  runtime versions current --root DIR
`;
console.log(USAGE, parseArgs, resolve, diskLayout, applyCommand, currentCommand);
